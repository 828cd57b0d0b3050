"""Tables, migrations, transactions and difference writes. Nothing here decides about the data."""

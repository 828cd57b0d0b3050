"""Tables, migrations, transactions, writes and reads that several stages use. No rules."""

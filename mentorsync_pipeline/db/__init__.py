"""Tables, migrations, transactions, writes and reads that several stages use. Rules do not belong here."""

"""Model vendors behind one interface; an adapter is one module, alone to import its SDK."""

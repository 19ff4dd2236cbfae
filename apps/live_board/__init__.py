"""The live board: a company's queues, agents, calls and trunks of this moment."""

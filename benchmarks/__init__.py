"""How fast federated rounds are: fedtutor's beside everybody else's, in one run (`make bench`)."""

"""How much water flows at which level."""

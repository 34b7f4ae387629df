"""All towns that share."""

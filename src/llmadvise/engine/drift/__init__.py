"""How far an entry of the catalog and the repositories it was read from have drifted apart; pure."""

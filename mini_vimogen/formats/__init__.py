"""Files of the outside world, turned to the course's conventions here."""

"""What an index tells as a whole: who shares with whom, and the figures and the page of a report."""

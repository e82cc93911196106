"""Arabic text: folding of characters, words and paragraphs with their places, month names, datelines."""

"""What an operator sees of a running assistant: figures, whether it lives and is ready, its log. Nothing of what anybody said."""

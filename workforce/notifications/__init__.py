"""Messages to people, in their language, in the app and by mail."""

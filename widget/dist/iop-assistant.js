// The widget is built here.

"""The scheduler process: rescans, file events, scheduled articles, pings to hubs."""

"""What stands between the network and the routes: deadlines, limits, hosts, headers, and who watches."""

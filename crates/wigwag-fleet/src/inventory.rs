//! What is known of hosts: groups, settings, variables.

"""Plans: roadmaps of modules, the jobs that make them, and the resources they point to."""

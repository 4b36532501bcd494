// Files one by one with their progress.
import "./swap.js";

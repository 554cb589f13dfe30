// The pages of an incident: what a script adds to them. Without it they work all the same.
import "./copy.js";
import "./drafts.js";
import "./ages.js";

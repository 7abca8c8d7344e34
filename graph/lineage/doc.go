// Package lineage gives people their ids, and keeps them over refreshes, restarts, merges, splits and undo.
package lineage

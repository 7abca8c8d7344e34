// Package follow tells those who follow people or sources what has changed. Pictures are compared once for everybody;
// who is slow finds the newest state of each person instead of a queue, and is told to ask anew when too many have changed.
//
// Nothing here has a goroutine of its own but Hub.Run: a follower pulls, and what it has not pulled yet is a bounded set.
package follow

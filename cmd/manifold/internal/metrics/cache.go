package metrics

var cacheFamilies = []Family{}

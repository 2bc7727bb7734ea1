/// What one loop's part of the kind `topics` has counted.
struct TopicMetrics {
    var store: TopicStore.Counts
    var requests: Requests.Counts
}

/**
 * Each names its job, the lane and the kind. job-parked: it can never succeed by itself, with the `reason` ·
 * job-retried and job-given-up: a person's decision, the second with theirs.
 */
export type OutboxFactType = 'job-parked' | 'job-retried' | 'job-given-up'

/** priors-searched: the PACS of a request's site were asked for what the patient had before; who answered, what was found. */
export type PriorFactType = 'priors-searched'

/**
 * `site-changed`, `contract-changed` and `group-changed`: the body holds it as it now is (and `before`, when it
 * existed). `contract-tested`: somebody answered at the telephone of the last rung.
 */
export type SiteFactType = 'site-changed' | 'contract-changed' | 'contract-tested' | 'group-changed'

/** `site-changed` and `contract-changed`: the body holds it as it now is (and `before`, when it existed). */
export type SiteFactType = 'site-changed' | 'contract-changed'

/**
 * The open pages of this browser, each known by a name of its own and a lock (Web Locks) that lasts as long as it
 * does: also of one that crashed the browser says at once that it is gone.
 */
const forever = new Promise<never>(() => undefined)
/** A page that is being loaded again may be let go of only a moment after its successor has begun. */
const partingMs = 300

let own: string | undefined

/** The name of this page, which the others see held from now on. */
export function thisPage(): string {
  if (own === undefined) {
    own = Array.from(crypto.getRandomValues(new Uint8Array(16)), byte =>
      byte.toString(16).padStart(2, '0'),
    ).join('')
    void navigator.locks?.request(lockOf(own), () => forever)
  }
  return own
}

/**
 * Those of these pages that are gone. What they left is this page's from then on: of several that ask, one gets it.
 * Without locks a browser tells nothing: then all count as gone.
 */
export async function goneOf(pages: readonly string[]): Promise<string[]> {
  if (!navigator.locks) return [...pages]
  const gone = await Promise.all(pages.map(page => taken.has(page) || taking(page)))
  return pages.filter((_, at) => gone[at])
}

const taken = new Set<string>()
const lockOf = (page: string) => `relais.page.${page}`

function taking(page: string): Promise<boolean> {
  return new Promise(resolve => {
    navigator.locks
      .request(lockOf(page), { signal: AbortSignal.timeout(partingMs) }, () => {
        taken.add(page)
        resolve(true)
        return forever
      })
      // Still open.
      .catch(() => resolve(false))
  })
}

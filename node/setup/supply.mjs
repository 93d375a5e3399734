// What we take from others: judged by the lockfile and by what a person reviewed (reviewed.json). Pure.

const REGISTRY = /^https:\/\/registry\.npmjs\.org\//
const STRONG = /^sha512-[A-Za-z0-9+/]{86}==$/
const EXACT = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/
const GRAVE = new Set(['moderate', 'high', 'critical'])
const DATE = /^\d{4}-\d{2}-\d{2}$/

/** Every locked package under its name. */
export function lockedPackages(lock) {
  return Object.entries(lock.packages)
    .filter(([place]) => place !== '')
    .map(([place, entry]) => {
      const name = entry.name ?? place.split('node_modules/').at(-1) ?? place
      return { ...entry, name, id: `${name}@${entry.version}` }
    })
}

/** Why the lockfile cannot be trusted to give the same bytes everywhere; nothing when it can. */
export function lockFaults(lock) {
  const faults = lock.lockfileVersion === 3 ? [] : [`lockfileVersion is ${lock.lockfileVersion}, not 3`]
  for (const { id, version, integrity, resolved, link } of lockedPackages(lock)) {
    if (link) faults.push(`${id} is a link to somewhere on a machine`)
    if (!EXACT.test(version ?? '')) faults.push(`${id} has no exact version`)
    if (!STRONG.test(integrity ?? '')) faults.push(`${id} has no SHA-512 of what it must be`)
    if (resolved !== undefined && !REGISTRY.test(resolved)) faults.push(`${id} comes from ${resolved}`)
  }
  return faults
}

/** Scripts that would run on installation and that nobody looked at, and reviews of what is no longer there. */
export function scriptFaults(lock, { installScripts }) {
  const having = new Set(
    lockedPackages(lock)
      .filter(each => each.hasInstallScript)
      .map(({ id }) => id),
  )
  return [
    ...[...having].filter(id => !installScripts[id]).map(id => `${id} has an install script nobody reviewed`),
    ...Object.keys(installScripts)
      .filter(id => !having.has(id))
      .map(id => `${id} is reviewed and has no install script, or is not there`),
  ]
}

/** Each licence with the packages under it. */
export function licencesOf(lock, { licencesRead }) {
  const found = new Map()
  for (const { id, license } of lockedPackages(lock)) {
    const licence = licencesRead[id]?.is ?? license ?? 'unknown'
    const members = found.get(licence) ?? []
    if (!members.includes(id)) found.set(licence, [...members, id])
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Packages under terms nobody agreed to. */
export function licenceFaults(lock, reviewed) {
  const ids = new Set(lockedPackages(lock).map(({ id }) => id))
  const faults = [...licencesOf(lock, reviewed)].flatMap(([licence, members]) =>
    members
      .filter(id => reviewed.licencesRead[id] === undefined && !acceptable(licence, reviewed.licences))
      .map(id => `${id} is under ${licence}`),
  )
  const gone = Object.keys(reviewed.licencesRead).filter(id => !ids.has(id))
  return [...faults, ...gone.map(id => `${id} is reviewed and not there`)]
}

/** An SPDX expression: of alternatives one must be agreed to, of what comes together all. */
export function acceptable(expression, agreed) {
  const text = expression.trim().replace(/^\(([^()]*)\)$/, '$1')
  const alternatives = text.split(/\s+OR\s+/)
  if (alternatives.length > 1) return alternatives.some(each => acceptable(each, agreed))
  const together = text.split(/\s+AND\s+/)
  if (together.length > 1) return together.every(each => acceptable(each, agreed))
  return agreed.includes(text)
}

/** What a bill of materials (CycloneDX) leaves out of the lockfile, or says differently. */
export function billFaults(bom, lock) {
  if (bom.bomFormat !== 'CycloneDX') return ['it is no CycloneDX document']
  const hashes = new Map(
    (bom.components ?? []).map(({ name, version, hashes: given = [] }) => [
      `${name}@${version}`,
      given.find(({ alg }) => alg === 'SHA-512')?.content,
    ]),
  )
  return lockedPackages(lock).flatMap(({ id, integrity }) => {
    if (!hashes.has(id)) return [`${id} is missing`]
    const wanted = Buffer.from((integrity ?? '').replace(/^sha512-/, ''), 'base64').toString('hex')
    return hashes.get(id) === wanted ? [] : [`${id} has another hash`]
  })
}

/** What `npm audit --json` found that nobody decided about. Moderate and graver ones count. */
export function auditVerdict(answer, reviewed, today) {
  if (answer?.vulnerabilities === undefined) return undefined
  const verdict = { open: [], excepted: [], minor: [] }
  for (const [name, { via }] of Object.entries(answer.vulnerabilities))
    for (const advisory of via) {
      // A text names the package it comes through, which has its own entry.
      if (typeof advisory === 'string') continue
      const id = /GHSA-[\w-]+/.exec(advisory.url ?? '')?.[0] ?? String(advisory.source)
      const line = `${name}: ${advisory.severity}, ${advisory.title} (${id})`
      const exception = reviewed.advisories.find(each => each.id === id && each.package === name)
      if (exception !== undefined && exception.until >= today)
        verdict.excepted.push(`${line}, until ${exception.until}: ${exception.reason}`)
      else if (exception !== undefined)
        verdict.open.push(`${line}; its exception ended on ${exception.until}`)
      else if (GRAVE.has(advisory.severity ?? '')) verdict.open.push(line)
      else verdict.minor.push(line)
    }
  return verdict
}

/** Exceptions that say too little. */
export function reviewFaults({ advisories }) {
  return advisories
    .filter(
      ({ id, package: name, until, reason }) =>
        !id || !name || !DATE.test(until) || (reason ?? '').length < 20,
    )
    .map(({ id }) => `the exception ${id} needs a package, an end (YYYY-MM-DD) and a reason`)
}

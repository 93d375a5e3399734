import { folded } from '../studies/identity.js'
import type { FieldResult, ImportCandidate, ImportIdentity, PresetInput } from './view.js'

/** How much each field says about whether two identities are one person; a number that is the same says most. */
const WEIGHTS: Readonly<Record<keyof ImportIdentity, number>> = {
  PatientName: 35,
  PatientBirthDate: 35,
  PatientSex: 10,
  PatientID: 15,
  IssuerOfPatientID: 5,
}
const SHARES: Readonly<Record<FieldResult, number>> = { same: 1, similar: 0.7, missing: 0.3, different: 0 }

/** Field by field, the disc's identity beside another (IHE RAD IRWF.b, "Import Reconciliation"). */
export function compareIdentities(
  disc: ImportIdentity,
  candidate: ImportIdentity,
): Pick<ImportCandidate, 'fields' | 'score' | 'contradicts'> {
  const fields = (Object.keys(WEIGHTS) as (keyof ImportIdentity)[]).map(field => ({
    field,
    disc: disc[field],
    candidate: candidate[field],
    result: resultOf(field, disc, candidate),
  }))
  const result = (field: keyof ImportIdentity) => fields.find(each => each.field === field)?.result
  return {
    fields,
    score: Math.round(fields.reduce((sum, each) => sum + WEIGHTS[each.field] * SHARES[each.result], 0)),
    // The number is only a number: another hospital gives another one to the same person.
    contradicts:
      result('PatientBirthDate') === 'different' ||
      result('PatientSex') === 'different' ||
      result('PatientName') === 'different',
  }
}

function resultOf(field: keyof ImportIdentity, disc: ImportIdentity, candidate: ImportIdentity): FieldResult {
  const [a, b] = [disc[field], candidate[field]]
  if (a === '' || b === '') return 'missing'
  if (a === b) return 'same'
  if (field === 'PatientName') return namesCompared(a, b)
  if (field === 'PatientBirthDate') return datesCompared(a, b)
  // The number of one issuer means nothing at another.
  if (field === 'PatientID' && disc.IssuerOfPatientID !== candidate.IssuerOfPatientID) return 'missing'
  if (field === 'PatientSex') return a.toUpperCase() === b.toUpperCase() ? 'same' : 'different'
  return a.trim().toUpperCase() === b.trim().toUpperCase() ? 'same' : 'different'
}

/** Accents, case and hyphens are spelling; the order of names, one of several given names, a typing slip are alike. */
function namesCompared(a: string, b: string): FieldResult {
  const [one, other] = [folded(a), folded(b)]
  if (one === other) return 'same'
  const [few, many] = [one.split(' '), other.split(' ')].sort((x, y) => x.length - y.length)
  if (few === undefined || many === undefined) return 'different'
  const alike = few.filter(word => many.some(each => isSlip(word, each))).length
  if (alike === few.length && few.length >= 2) return 'similar'
  // A birth name where the other has the used one: the given name is the same, one word of the rest is.
  return alike >= 2 ? 'similar' : 'different'
}

/** The same word, or one letter more, less or other in a word long enough to tell. */
function isSlip(a: string, b: string): boolean {
  if (a === b) return true
  if (Math.abs(a.length - b.length) > 1 || Math.min(a.length, b.length) < 4) return false
  let at = 0
  while (at < Math.min(a.length, b.length) && a[at] === b[at]) at += 1
  const [restA, restB] = [a.slice(at), b.slice(at)]
  return restA.slice(1) === restB.slice(1) || restA.slice(1) === restB || restA === restB.slice(1)
}

/** Day and month changed places, or one digit is another: alike. An unknown day or month says nothing. */
function datesCompared(a: string, b: string): FieldResult {
  if (!/^\d{8}$/.test(a) || !/^\d{8}$/.test(b)) return 'missing'
  const swapped = `${b.slice(0, 4)}${b.slice(6)}${b.slice(4, 6)}`
  if (a === swapped) return 'similar'
  const others = [...a].filter((digit, at) => digit !== b[at]).length
  return others === 1 ? 'similar' : 'different'
}

/** The attributes to write for a decided identity: only those that differ from what the objects say. */
export function attributesToWrite(
  disc: ImportIdentity,
  decided: ImportIdentity,
  more: {
    accession?: string
    discAccession: string
    label: string
    description: string
    write: PresetInput['write']
  },
): Record<string, string | null> {
  const attributes: Record<string, string | null> = {}
  for (const field of Object.keys(WEIGHTS) as (keyof ImportIdentity)[])
    if (decided[field] !== '' && decided[field] !== disc[field]) attributes[field] = decided[field]
  if (!more.write.issuer) delete attributes['IssuerOfPatientID']
  const accession = more.accession ?? (more.write.accession === 'empty' ? '' : more.discAccession)
  if (more.write.accession !== 'keep' && accession !== more.discAccession)
    attributes['AccessionNumber'] = accession
  if (more.label !== '' && !more.description.startsWith(more.label))
    attributes['StudyDescription'] = `${more.label} ${more.description}`.trim().slice(0, 64)
  return attributes
}

import type { DiscStudy } from './rows.js'
import type { ImportIdentity, ImportState, PersonState } from './view.js'

/** A person of a disc with their studies. */
export interface DiscPerson {
  /** StudyInstanceUID of the first study. */
  id: string
  identity: ImportIdentity
  studies: DiscStudy[]
}

/** The people of a disc, in the order of their first studies: who is told apart by number, issuer, name or birth date. */
export function peopleOf(studies: readonly DiscStudy[]): DiscPerson[] {
  const people = new Map<string, DiscPerson>()
  for (const study of studies) {
    const { IssuerOfPatientID, PatientID, PatientName, PatientBirthDate } = study.identity
    const key = [IssuerOfPatientID, PatientID, PatientName, PatientBirthDate].join('|')
    const person = people.get(key)
    if (person === undefined)
      people.set(key, { id: study.StudyInstanceUID, identity: study.identity, studies: [study] })
    else person.studies.push(study)
  }
  return [...people.values()]
}

/** Where a disc stands, by its people: what is left for a person comes first, then what is under way. */
export function stateOf(people: readonly PersonState[]): ImportState {
  for (const [of, state] of [
    ['to-decide', 'inventoried'],
    ['taking', 'taking'],
    ['sending', 'sending'],
    ['failed', 'failed'],
    ['done', 'done'],
    ['entered-in-error', 'entered-in-error'],
  ] as const)
    if (people.includes(of)) return state
  return 'done'
}

/** Whether a person of a disc can be decided on, left, or what was taken of them withdrawn. */
export function may(act: 'decide' | 'leave' | 'withdraw', state: PersonState): boolean {
  switch (act) {
    case 'decide':
      return ['to-decide', 'not-taken', 'entered-in-error'].includes(state)
    case 'leave':
      return state === 'to-decide'
    case 'withdraw':
      return ['sending', 'done', 'failed'].includes(state)
  }
}

import { resolve } from 'node:path'
import type { Language } from '../accounts/view.js'
import { fail } from '../errors.js'
import { importIdentity, peopleInNode } from '../imports/candidates.js'
import { wordFor } from '../imports/certificate-words.js'
import { compareIdentities } from '../imports/rules.js'
import type {
  ImportCandidate,
  ImportDecision,
  ImportFileView,
  ImportIdentity,
  ImportState,
  ImportView,
} from '../imports/view.js'
import { fileView, NOTHING } from '../imports/views.js'
import { whyWords } from '../imports/why-words.js'
import type { Origin } from '../journal/facts.js'
import type { Patients } from '../studies/patients.js'
import type { Command } from './command.js'

interface ImportInput {
  path: string
  preset: string
  identity: 'keep' | { id: string; issuer: string } | undefined
  by: string | undefined
}

interface ImportAnswer {
  import: ImportView
  /** What was found where nothing was decided. */
  candidates?: Pick<ImportCandidate, 'identity' | 'score' | 'fields' | 'contradicts'>[]
  files: Pick<
    ImportFileView,
    'path' | 'verdict' | 'reason' | 'why' | 'outcome' | 'outcomeReason' | 'outcomeWhy'
  >[]
  /** Of the person who decides, for what is printed. */
  language: Language
}

const FILES_MAX = 1_000_000

/** What is printed, in the language of the person who decides; English where nobody is named. */
const WORDS: Record<
  Language,
  {
    found(name: string, files: number, images: number, studies: number): string
    taken(taken: number, refused: number, state: string): string
    who: string
    none: string
    noImage: string
    state: Partial<Record<ImportState, string>>
  }
> = {
  fr: {
    found: (name, files, images, studies) =>
      `${name} : ${files} fichiers, ${images} images dans ${studies} examens.`,
    taken: (taken, refused, state) => `${taken} pris, ${refused} refusés ; ${state}.`,
    who: 'Rien n’a été pris. Qui est-ce ? Dites --identity keep, ou l’une de celles-ci :',
    none: 'Rien n’a été pris, et le nœud ne connaît personne de ce nom. Qui est-ce ? Dites --identity keep, ou IPP@ÉMETTEUR.',
    noImage: 'Rien n’a été pris : aucune image ici.',
    state: {
      inventoried: 'à décider',
      taking: 'import en cours',
      sending: 'pris, à confirmer',
      done: 'terminé',
      failed: 'échec',
    },
  },
  en: {
    found: (name, files, images, studies) =>
      `${name}: ${files} files, ${images} images in ${studies} studies.`,
    taken: (taken, refused, state) => `${taken} taken, ${refused} refused; ${state}.`,
    who: 'Nothing was taken. Who is it? Say --identity keep, or one of:',
    none: 'Nothing was taken, and the node knows nobody of that name. Who is it? Say --identity keep, or ID@ISSUER.',
    noImage: 'Nothing was taken: there is no image here.',
    state: { inventoried: 'to be decided', taking: 'being taken', sending: 'taken, to be confirmed' },
  },
}

/**
 * `relais import PATH --preset NAME [--identity keep|ID@ISSUER] [--by EMAIL]`: reads a disc (folder, ZIP, ISO). Without an
 * identity it stops after the inventory: who the disc shows is for a person to say.
 */
export const importDisc: Command = {
  name: 'import',
  usage: 'PATH --preset NAME [--identity keep|ID@ISSUER] [--by EMAIL]',
  summary:
    'Reads a disc (folder, ZIP or ISO image), gives it an identity and sends it where the preset says.',
  options: {
    preset: { type: 'string', help: 'name of the preset' },
    identity: { type: 'string', help: 'keep what the disc says, or ID@ISSUER of a patient the node knows' },
    by: { type: 'string', help: 'email of the person who decides' },
  },
  read: ({ values, positionals, cwd }): ImportInput => {
    const [path, more] = positionals
    if (path === undefined || more !== undefined) fail('invalid', 'Say one folder, ZIP archive or ISO image.')
    if (typeof values['preset'] !== 'string') fail('invalid', 'Say which preset: --preset NAME.')
    return {
      path: resolve(cwd, path),
      preset: values['preset'],
      identity: identityIn(values['identity']),
      by: typeof values['by'] === 'string' ? values['by'] : undefined,
    }
  },
  run: async (input: never, { services, user, progress }): Promise<ImportAnswer> => {
    const { path, preset: name, identity, by } = input as ImportInput
    const { imports, presets, views } = services.importing
    const preset = (await presets.find(name)) ?? fail('missing', `No preset is named "${name}".`)
    const person = by === undefined ? undefined : await services.accounts.byEmail(by)
    if (by !== undefined && person === undefined) fail('missing', `Nobody has the email ${by}.`)
    const language = (person && (await services.accounts.contact(person.id))?.language) ?? 'en'
    const origin: Origin = { by: 'command', user }
    const id = await imports.begin(
      { site: preset.site, preset: preset.id, name: path, path, upload: null, bytesTotal: 0 },
      { name: person?.name ?? user, account: person?.id ?? null, origin },
    )
    progress('reading the disc')
    let record = await imports.inventoried(id)
    if (record.state === 'failed') fail('invalid', record.reason ?? 'The disc cannot be read.')
    const studies = await imports.rows.studies(id)
    const files = async () =>
      (await imports.rows.files(id, { limit: FILES_MAX })).map(file => {
        const { path: at, verdict, reason, why, outcome, outcomeReason, outcomeWhy } = fileView(file)
        return {
          path: at,
          verdict,
          ...(reason === undefined ? {} : { reason }),
          ...(why === undefined ? {} : { why }),
          ...(outcome === undefined ? {} : { outcome }),
          ...(outcomeReason === undefined ? {} : { outcomeReason }),
          ...(outcomeWhy === undefined ? {} : { outcomeWhy }),
        }
      })
    if (identity === undefined) {
      const people = await Promise.all(
        studies.map(async study =>
          (await peopleInNode(study.identity, preset.site, services.patients)).map(found => ({
            identity: found,
            ...compareIdentities(study.identity, found),
          })),
        ),
      )
      const candidates = onceEach(people.flat().sort((a, b) => b.score - a.score))
      return { import: await views.view(record, NOTHING), candidates, files: await files(), language }
    }
    const decision: ImportDecision = {
      candidate: identity === 'keep' ? 'keep' : 'node',
      identity: identity === 'keep' ? NOBODY : await patientIn(services.patients, preset.site, identity),
      series: studies.flatMap(study =>
        study.series.filter(series => !series.leftOut).map(series => series.SeriesInstanceUID),
      ),
      ...(identity === 'keep'
        ? {}
        : { reason: `identity given by command: ${identity.id}@${identity.issuer}` }),
    }
    await imports.decide({ origin, name: person?.name ?? user }, id, decision)
    record = await imports.taken(id, done => progress(`${done} of ${record.files} files`))
    return { import: await views.view(record, NOTHING), files: await files(), language }
  },
  failed: (answer: never) => {
    const { import: made } = answer as ImportAnswer
    return made.state === 'failed' || made.refused > 0
  },
  print: (answer: never) => {
    const { import: made, candidates, files, language } = answer as ImportAnswer
    const w = WORDS[language]
    const images = made.studies.reduce((sum, study) => sum + study.images, 0)
    const lines = [
      w.found(made.name, made.files, images, made.studies.length),
      ...Object.entries(made.verdicts).map(
        ([verdict, count]) => `  ${count} ${wordFor('verdict', verdict, language)}`,
      ),
      ...files.flatMap(({ path, reason, why, outcomeReason, outcomeWhy }) => [
        ...(reason === undefined ? [] : [`  ${path}: ${whyWords(why, reason, language)}`]),
        ...(outcomeReason === undefined
          ? []
          : [`  ${path}: ${whyWords(outcomeWhy, outcomeReason, language)}`]),
      ]),
    ]
    if (candidates === undefined)
      lines.push(w.taken(made.taken, made.refused, w.state[made.state] ?? made.state))
    else if (images === 0) lines.push(w.noImage)
    else if (candidates.length === 0) lines.push(w.none)
    else {
      lines.push(w.who)
      for (const { identity, score } of candidates)
        lines.push(
          `  --identity ${identity.PatientID}@${identity.IssuerOfPatientID}   ${identity.PatientName}, ${identity.PatientBirthDate} (${score} %)`,
        )
    }
    return lines.join('\n')
  },
}

/** A person whom several studies of the disc resemble is proposed once, as the study that resembles most. */
function onceEach<Found extends { identity: ImportIdentity }>(sorted: readonly Found[]): Found[] {
  const byNumber = new Map<string, Found>()
  for (const found of sorted) {
    const number = JSON.stringify([found.identity.PatientID, found.identity.IssuerOfPatientID])
    if (!byNumber.has(number)) byNumber.set(number, found)
  }
  return [...byNumber.values()]
}

const NOBODY: ImportIdentity = {
  PatientID: '',
  IssuerOfPatientID: '',
  PatientName: '',
  PatientBirthDate: '',
  PatientSex: '',
}

async function patientIn(
  patients: Patients,
  site: string,
  { id, issuer }: { id: string; issuer: string },
): Promise<ImportIdentity> {
  const [found] = await patients.find(site, { patientId: id, issuer })
  if (found === undefined) return fail('missing', `The node knows no patient ${id}@${issuer} at this site.`)
  return importIdentity(found)
}

function identityIn(typed: unknown): ImportInput['identity'] {
  if (typed === undefined || typed === 'keep') return typed
  const [, id, issuer] = /^(.+)@([^@]+)$/.exec(String(typed)) ?? []
  if (id === undefined || issuer === undefined) return fail('invalid', 'An identity is "keep", or ID@ISSUER.')
  return { id, issuer }
}

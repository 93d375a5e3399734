import { existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { outsideHeads } from '../archive/witness/folder.js'
import { Failure, fail } from '../errors.js'
import type { ChainState } from '../journal/verify.js'
import { writeWhole } from '../private-files.js'
import { inFrench, limitsInFrench } from '../program/checked-words.js'
import type { DestroyedView } from '../program/destruction-checks.js'
import { stateChecks } from '../program/state-checks.js'
import { type Verification, verifyFileInParallel } from '../program/verification.js'

const MB = 1024 * 1024

/**
 * `relais verify [FILE]`: reads only, whether a node runs on the file or not. `objects`: also every stored file, in the
 * folder beside the database. `resume`: a file of how far it is, so that a check that is cut off goes on from there.
 */
export async function verify(
  file: string,
  cwd: string,
  progress: (text: string) => void,
  options: { objects: boolean; resume?: string; witnesses?: readonly string[] } = { objects: false },
): Promise<Verification> {
  const path = resolve(cwd, file)
  if (!existsSync(path)) fail('missing', `There is no database at ${path}.`)
  const { resume } = options
  try {
    const result = await verifyFileInParallel(path, stateChecks, {
      ...resumable(resume),
      outside: (options.witnesses ?? []).flatMap(place => outsideHeads(place)),
      ...(options.objects ? { objects: join(dirname(path), 'objects') } : {}),
      onProgress: seq => progress(`${seq} entries`),
      onObjects: ({ files, of, bytes }) => progress(`${files} of ${of} files, ${Math.round(bytes / MB)} MB`),
    })
    if (resume !== undefined) rmSync(resume, { force: true })
    return result
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown
    throw new Failure(
      'invalid',
      `${path} cannot be read as a Relais database: ${(thrown as Error).message}.`,
      [],
      thrown,
    )
  }
}

function resumable(file: string | undefined) {
  if (file === undefined) return {}
  return {
    ...(existsSync(file) ? { from: stateIn(file) } : {}),
    onState: (state: ChainState) => writeWhole(file, JSON.stringify(state), 0o600),
  }
}

function stateIn(file: string): ChainState {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ChainState
  } catch (thrown) {
    throw new Failure('invalid', `${file} is not what a check left: remove it.`, [], thrown)
  }
}

/** The result for a person; what does not fit is named in English in both languages, as the files and fields are. */
export function printVerification(result: Verification, language: 'fr' | 'en' = 'en'): string {
  const said = WORDS[language]
  const { ok, entries, faults, list, head, objects, destroyed, checked, limits } = result
  const where = head === null ? said.empty : `${said.head} ${head.seq} ${head.sha256}`
  const files = objects === undefined ? '' : said.files(objects.files)
  const lines = ok
    ? [said.ok(entries, files, where)]
    : [
        said.bad(faults, entries, files),
        ...list
          .slice(0, 20)
          .map(({ seq, what }) => `  ${seq === null ? '' : `${said.entry} ${seq}${said.colon} `}${what}`),
      ]
  for (const each of destroyed) lines.push(said.destroyed(each))
  const looked = language === 'fr' ? checked.map(each => inFrench(each) ?? each) : checked
  const last = language === 'fr' ? limitsInFrench(limits) : limits
  return [...lines, `${said.checked}${said.colon} ${looked.join(said.between)}.`, last].join('\n')
}

const WORDS = {
  en: {
    empty: 'the journal is empty',
    head: 'head',
    entry: 'entry',
    colon: ':',
    between: '; ',
    checked: 'Checked',
    files: (files: number) => ` and ${files} files`,
    ok: (entries: number, files: string, where: string) => `All ${entries} entries${files} fit; ${where}.`,
    bad: (faults: number, entries: number, files: string) =>
      `${faults} faults in ${entries} entries${files}. The first:`,
    destroyed: ({ certificate, what, reference, fact, bodies, at, done }: DestroyedView) =>
      `${what === 'act' ? 'The record' : 'The images'} of ${reference}: destroyed by certificate ${certificate} on ${at.slice(0, 10)} (entry ${fact}, ${bodies} bodies)${done ? '' : ', whose last steps are still to come'}.`,
  },
  fr: {
    empty: 'le journal est vide',
    head: 'tête',
    entry: 'inscription',
    colon: ' :',
    between: ' ; ',
    checked: 'Vérifié',
    files: (files: number) => ` et ${files} fichiers`,
    ok: (entries: number, files: string, where: string) =>
      `Tout concorde, ${entries} inscriptions${files} ; ${where}.`,
    bad: (faults: number, entries: number, files: string) =>
      `${faults} défauts sur ${entries} inscriptions${files}. Les premiers :`,
    destroyed: ({ certificate, what, reference, fact, bodies, at, done }: DestroyedView) =>
      `${what === 'act' ? 'Le dossier' : 'Les images'} de ${reference} : détruit selon le certificat ${certificate} le ${at.slice(0, 10)} (inscription ${fact}, ${bodies} contenus)${done ? '' : ', dont les dernières étapes restent à faire'}.`,
  },
} as const

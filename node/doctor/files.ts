import { lstatSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { attention, broken, type Check, type Finding, good, notChecked } from './check.js'
import { statusOf } from './program.js'

const OTHERS = 0o077
const WRITTEN_BY_OTHERS = 0o022

/** Whether others than the account of the node can get at what is there. */
export const dataModes: Check = {
  id: 'data-modes',
  group: 'files',
  name: { fr: 'Dossier des données', en: 'Data folder' },
  look: ({ folder }) => {
    const { root, database, objects, keys, scratch, uploads } = folder
    const found = [root, database, `${database}-wal`, `${database}-shm`, objects, keys, scratch, uploads]
      .map(path => opened(path))
      .filter(finding => finding !== undefined)
    // Files inside a folder nobody else may enter are out of reach, whatever their own modes are.
    const closed = ((statSync(root, { throwIfNoEntry: false })?.mode ?? 0) & OTHERS) === 0
    const faults = closed ? found.filter(({ owner }) => owner) : found
    if (faults.length === 0)
      return good(`${root} : ouvert à son seul propriétaire.`, `${root}: open to its owner only.`)
    return faults.map(({ finding }) => finding)
  },
}

function opened(path: string): { owner: boolean; finding: Finding } | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return undefined
  const uid = process.getuid?.()
  if (uid !== undefined && uid !== 0 && stat.uid !== uid)
    return {
      owner: true,
      finding: broken(
        [`Appartient à un autre compte (${stat.uid}).`, `chown le au compte du nœud (${uid}).`],
        [`Belongs to another account (${stat.uid}).`, `chown it to the node’s account (${uid}).`],
        path,
      ),
    }
  if ((stat.mode & OTHERS) === 0) return undefined
  const mode = modeOf(stat.mode)
  const wanted = stat.isDirectory() ? '700' : '600'
  return {
    owner: false,
    finding: broken(
      [`Ouvert à d’autres comptes (mode ${mode}) : des données de santé y sont.`, `chmod ${wanted} ${path}`],
      [`Open to other accounts (mode ${mode}): health data is in it.`, `chmod ${wanted} ${path}`],
      path,
    ),
  }
}

/** Private keys: of this node, and those the configuration names. */
export const keyModes: Check = {
  id: 'key-modes',
  group: 'files',
  name: { fr: 'Clés', en: 'Keys' },
  look: ({ folder, config }) => {
    const named = [config.http.keyFile, config.dicom.keyFile].filter(path => path !== null)
    const own = statSync(folder.keys, { throwIfNoEntry: false }) === undefined ? [] : filesOf(folder.keys)
    const certs =
      statSync(config.dicom.certsDir, { throwIfNoEntry: false }) === undefined
        ? []
        : filesOf(config.dicom.certsDir).filter(path => path.endsWith('.key'))
    const files = [...named, ...own, ...certs]
    if (files.length === 0) return notChecked(['Aucune clé n’existe encore.'], ['There is no key yet.'])
    const faults = files.flatMap(path => {
      const stat = statSync(path, { throwIfNoEntry: false })
      if (stat === undefined)
        return [
          broken(
            ['Le fichier n’existe pas.', 'Remettez-le, ou corrigez la configuration.'],
            ['The file does not exist.', 'Put it back, or correct the configuration.'],
            path,
          ),
        ]
      if ((stat.mode & OTHERS) === 0) return []
      const mode = modeOf(stat.mode)
      return [
        broken(
          [
            `Lisible par d’autres (mode ${mode}) : ce n’est plus un secret.`,
            `chmod 600 ${path}, puis remplacez la clé.`,
          ],
          [
            `Others can read it (mode ${mode}): it is no secret any more.`,
            `chmod 600 ${path}, then replace the key.`,
          ],
          path,
        ),
      ]
    })
    if (faults.length > 0) return faults
    return good(
      `${files.length} ${files.length > 1 ? 'fichiers lisibles' : 'fichier lisible'} par leur seul propriétaire.`,
      `${files.length} ${files.length > 1 ? 'files, readable by their owner only' : 'file, readable by its owner only'}.`,
    )
  },
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => join(folder, name))
    .filter(path => lstatSync(path).isFile())
}

/** Who can write the configuration decides what the node does. */
export const configModes: Check = {
  id: 'config-modes',
  group: 'files',
  name: { fr: 'Fichier de configuration', en: 'Configuration file' },
  look: ({ config }) => {
    const path = config.file
    if (path === null)
      return notChecked(['Aucun fichier : les valeurs par défaut valent.'], ['No file: the defaults apply.'])
    const { mode } = statSync(path)
    if ((mode & WRITTEN_BY_OTHERS) !== 0)
      return broken(
        [`D’autres peuvent l’écrire (mode ${modeOf(mode)}).`, `chmod go-w ${path}`],
        [`Others can write it (mode ${modeOf(mode)}).`, `chmod go-w ${path}`],
        path,
      )
    if (config.secretsInFile.length > 0 && (mode & OTHERS) !== 0) {
      const names = config.secretsInFile.join(', ')
      return broken(
        [
          `Un secret y est écrit (${names}) et d’autres le lisent (mode ${modeOf(mode)}).`,
          `chmod 600 ${path}, ou mettez le secret dans un fichier à part (…_FILE).`,
        ],
        [
          `It holds a secret (${names}) that others can read (mode ${modeOf(mode)}).`,
          `chmod 600 ${path}, or put the secret into a file of its own (…_FILE).`,
        ],
        path,
      )
    }
    return good(`${path} : personne d’autre ne l’écrit.`, `${path}: nobody else writes it.`)
  },
}

/** What files the program makes without saying a mode are open to. */
export const umask: Check = {
  id: 'umask',
  group: 'files',
  name: { fr: 'Masque de création', en: 'Creation mask' },
  look: () => {
    const text = statusOf()['Umask']
    if (text === undefined)
      return notChecked(['Cette machine ne le dit pas.'], ['This machine does not say.'])
    if ((Number.parseInt(text, 8) & WRITTEN_BY_OTHERS) !== WRITTEN_BY_OTHERS)
      return attention(
        [
          `umask ${text} : d’autres comptes pourraient écrire de nouveaux fichiers.`,
          'UMask=0077 dans le service.',
        ],
        [`umask ${text}: other accounts could write new files.`, 'UMask=0077 in the service.'],
      )
    return good(`umask ${text}.`, `umask ${text}.`)
  },
}

function modeOf(mode: number): string {
  return (mode & 0o777).toString(8).padStart(3, '0')
}

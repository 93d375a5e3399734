import { existsSync, statfsSync, statSync } from 'node:fs'
import { attention, broken, type Check, good, size } from './check.js'

const MIB = 1024 * 1024
const INODES_SHARE_MIN = 0.05

/** File systems by their number (statfs(2)) on which what is written is not kept, or not kept in order. */
const MEMORY: Readonly<Record<number, string>> = { 16914836: 'tmpfs', 2240043254: 'ramfs' }
const REMOTE: Readonly<Record<number, string>> = {
  26985: 'NFS',
  4283649346: 'CIFS',
  4266872130: 'SMB',
  1702057286: 'FUSE',
}
const LAYERED = 0x794c7630

/** Room for images, against the watermark below which none are taken. */
export const diskSpace: Check = {
  id: 'disk-space',
  group: 'disk',
  name: { fr: 'Place libre', en: 'Free space' },
  look: ({ folder, config }) => {
    const { bavail, bsize, blocks } = statfsSync(folder.root)
    const free = bavail * bsize
    const mark = config.storage.freeMbMin * MIB
    const [left, total, least] = [size(free), size(blocks * bsize), size(mark)]
    const fr = `${left.fr} libres sur ${total.fr} ; plus d’images en dessous de ${least.fr}.`
    const en = `${left.en} free of ${total.en}; no images below ${least.en}.`
    const remedy = [
      'Libérez de la place ou agrandissez le disque.',
      'Free some space or enlarge the disk.',
    ] as const
    if (free < mark) return broken([fr, remedy[0]], [en, remedy[1]])
    if (free < 2 * mark || bavail < blocks / 20) return attention([fr, remedy[0]], [en, remedy[1]])
    return good(fr, en)
  },
}

/** Each image is a file. */
export const diskInodes: Check = {
  id: 'disk-inodes',
  group: 'disk',
  name: { fr: 'Nombre de fichiers', en: 'Number of files' },
  look: ({ folder }) => {
    const { files, ffree } = statfsSync(folder.root)
    if (files === 0)
      return good('Ce système de fichiers n’a pas de limite.', 'This file system has no limit.')
    const fr = `${ffree.toLocaleString('fr')} fichiers possibles encore, sur ${files.toLocaleString('fr')}.`
    const en = `${ffree.toLocaleString('en')} more files possible, of ${files.toLocaleString('en')}.`
    if (ffree < files * INODES_SHARE_MIN)
      return attention(
        [fr, 'Recréez le système de fichiers avec plus d’inodes, ou XFS.'],
        [en, 'Make the file system anew with more inodes, or XFS.'],
      )
    return good(fr, en)
  },
}

/** What lies where: a rename is atomic on one file system only, and some keep nothing. */
export const diskKind: Check = {
  id: 'disk-kind',
  group: 'disk',
  name: { fr: 'Système de fichiers', en: 'File system' },
  look: ({ folder }) => {
    const { root, objects, scratch, uploads } = folder
    const type = statfsSync(root).type
    const memory = MEMORY[type]
    if (memory !== undefined)
      return broken(
        [`${memory} : la mémoire de la machine. Tout est perdu à l’arrêt.`, 'Mettez data.dir sur un disque.'],
        [`${memory}: the machine’s memory. All is lost when it stops.`, 'Put data.dir on a disk.'],
      )
    const remote = REMOTE[type]
    if (remote !== undefined)
      return broken(
        [
          `${remote} : les verrous et les écritures ordonnées de SQLite n’y sont pas sûrs.`,
          'Mettez data.dir sur un disque de cette machine.',
        ],
        [
          `${remote}: SQLite’s locks and ordered writes are not safe on it.`,
          'Put data.dir on a disk of this machine.',
        ],
      )
    const away = [objects, scratch, uploads].filter(
      path => existsSync(path) && statSync(path).dev !== statSync(root).dev,
    )
    if (away.length > 0)
      return attention(
        [
          `Sur un autre disque que le dossier des données : ${away.join(', ')}.`,
          'Un seul disque pour tout : ce qui arrive est renommé, et une sauvegarde prend tout à la fois.',
        ],
        [
          `On another disk than the data folder: ${away.join(', ')}.`,
          'One disk for all: what arrives is renamed, and a backup takes all at once.',
        ],
      )
    if (type === LAYERED)
      return attention(
        ['Le dossier est dans l’image du conteneur : il part avec elle.', 'Montez un volume sur data.dir.'],
        ['The folder is inside the container’s own layer: it goes with it.', 'Mount a volume on data.dir.'],
      )
    return good('Un seul disque, local.', 'One disk, of this machine.')
  },
}

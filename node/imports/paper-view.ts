import { type Paper, paperTitle } from '../objects/paper.js'
import type { ImportFileRecord } from './rows.js'
import type { ImportPaper } from './view.js'

export function paperView(file: ImportFileRecord): ImportPaper {
  const { dangers, fault } = JSON.parse(file.paper ?? '{"dangers":[]}') as Paper
  return {
    number: file.number,
    path: file.path,
    title: paperTitle(file.path),
    kind: file.kind as ImportPaper['kind'],
    bytes: file.bytes,
    dangers,
    ...(fault === undefined ? {} : { fault }),
    ...(file.study === null ? {} : { StudyInstanceUID: file.study }),
    ...(file.outcome === null ? {} : { outcome: file.outcome }),
  }
}

import { backupAge, backupRestores } from './backup.js'
import { dicomCertificates, httpCertificate } from './certificates.js'
import type { Check } from './check.js'
import { inTheClear, leftovers, publicAddress } from './configuration.js'
import { databaseDurability, databaseIntegrity, databaseWal } from './database.js'
import { diskInodes, diskKind, diskSpace } from './disk.js'
import { configModes, dataModes, keyModes, umask } from './files.js'
import { journalHead, journalVerified } from './journal.js'
import { letterSignature, mailServer } from './mail.js'
import { doors, peersAnswer } from './peers.js'
import { addons, confinement, nodeVersion, openFiles } from './program.js'
import { diskSync } from './sync.js'
import { clockJump, clockSkew } from './time.js'
import { witnessed } from './witnesses.js'
import { outboxWaiting } from './work.js'

/** Everything that is looked at, in the order of the screen. */
export const checks: readonly Check[] = [
  nodeVersion,
  addons,
  confinement,
  openFiles,
  clockSkew,
  clockJump,
  dataModes,
  keyModes,
  configModes,
  umask,
  diskSpace,
  diskInodes,
  diskKind,
  diskSync,
  backupAge,
  backupRestores,
  databaseIntegrity,
  databaseDurability,
  databaseWal,
  journalHead,
  journalVerified,
  witnessed,
  httpCertificate,
  dicomCertificates,
  doors,
  peersAnswer,
  mailServer,
  letterSignature,
  outboxWaiting,
  publicAddress,
  inTheClear,
  leftovers,
]

import { join } from 'node:path'
import { openAddressGuard } from '../../node/address-guard.js'
import { type Archive, openArchive } from '../../node/archive/archive.js'
import { openSealing, type Sealing } from '../../node/archive/seal/sealing.js'
import { openVolumes } from '../../node/archive/seal/volume.js'
import { type Conversations, openConversations } from '../../node/conversations/conversations.js'
import { openTransfers } from '../../node/exchange/transfers.js'
import { openProof } from '../../node/journal/proof.js'
import { notificationFollower } from '../../node/notifications/follow.js'
import { openNotifications } from '../../node/notifications/notifications.js'
import { verifierPage } from '../../node/program/folder.js'
import { settingsSchema } from '../../node/settings.js'
import { openSites } from '../../node/sites/sites.js'
import { openReceive } from '../../node/studies/receive.js'
import { openStudies } from '../../node/studies/studies.js'
import { type Act, EVERY_OTHER_TABLE, FORM, openAct, PASSWORD, PEOPLE, person, SITES } from './act.js'

const { referrer, first } = PEOPLE
const COMMAND = { by: 'command' as const, user: 'root' }
export const STUDY = '1.2.826.0.1'
export const auditor = person('acc_aud', 'Mme Contrôle', 'auditor', 'nord')

export interface Story {
  act: Act
  conversations: Conversations
  archive: Archive
  sealing: Sealing
  request: string
  report: string
  images: Buffer[]
  dir: string
}

/** An act from its images to its receipt, and one more request for the same study that is no part of it. */
export async function openReadAct(): Promise<Story> {
  const act = await openAct(EVERY_OTHER_TABLE)
  const { requests, reports, db, journal } = act
  await db.write(tx => openSites(act).apply(tx, { sites: SITES }, COMMAND))
  const studies = openStudies(act)
  const transfers = openTransfers(act)
  const images = await arrive(act, 2)
  const notifications = openNotifications({
    ...act,
    reports: act.reports.mail,
    studies,
    accounts: {
      members: act.people.members as never,
      contact: async account => {
        const found = Object.values(PEOPLE).find(({ who }) => who.account.id === account)?.who.account
        return found === undefined ? undefined : { ...found, state: 'active' as const }
      },
      setPhone: async () => undefined,
    },
    config: {
      mail: { ...settingsSchema.parse({}).mail, captured: true, from: 'Relais <relais@node.test>' },
      node: { name: 'Relais', language: 'fr', timeZone: null, timeServer: null, demo: false },
      links: settingsSchema.parse({}).links,
      sessions: settingsSchema.parse({}).sessions,
      push: settingsSchema.parse({}).push,
      telephone: settingsSchema.parse({}).telephone,
    },
    webGuard: () => openAddressGuard(() => ({ ownPorts: [], allowLoopback: true, allowPrivate: true })),
    keysFolder: act.folder,
    mailGuard: openAddressGuard(() => ({ ownPorts: [], allowLoopback: true, allowPrivate: true })),
    publicUrl: () => 'https://relais.example.test',
    isOnline: () => false,
    askedMsAgo: () => Number.POSITIVE_INFINITY,
    log: { error: () => undefined, info: () => undefined },
    onTrouble: () => undefined,
  })
  act.followers.add(notificationFollower(notifications))
  await act.followers.start()

  const { id: request } = await requests.create(referrer, FORM)
  await requests.create(referrer, FORM)
  const study = (await studies.byUid(STUDY))[0]
  const instances = await studies.instances(study?.id ?? '')
  let sent = ''
  await db.write(async tx => {
    const owed = { study: study?.id ?? '', site: 'nord', peer: 'pacs-lecture', priority: 20 }
    const all = instances.map(instance => instance.id)
    const id = await transfers.owe(tx, { ...owed, cause: 'rte_1', instances: all }, COMMAND)
    await transfers.owe(tx, { ...owed, cause: 'report:rep_other', instances: all }, COMMAND)
    sent = id.transfer ?? ''
  })
  const results = (await transfers.waiting(sent)).map(({ id, bytes }) => ({
    index: id,
    outcome: 'stored' as const,
    status: 0,
    bytes,
    permanent: false,
  }))
  await transfers.results(sent, results)
  await db.write(tx => transfers.settle(tx, sent, { state: 'sent' }))
  act.clock.advance(60_000)
  await requests.send(first, request, 'claim', {})
  const { report } = await reports.draft(first, request)
  const sections = { indication: 'i', technique: 't', results: 'r', conclusion: 'Examen normal.' }
  await reports.save(first, report.id, 1, sections)
  const signing = { reauthentication: { password: PASSWORD } }
  await reports.sign(first, report.id, { ...signing, as: 'preliminary' })
  await reports.sign(first, report.id, { ...signing, as: 'final' })
  await reports.acknowledge(referrer, report.id, { name: 'Dr Exemple', role: 'urgentiste' })
  await act.followers.settled()
  const conversations = openConversations({
    ...act,
    limits: settingsSchema.parse({}).conversations,
    onRead: () => undefined,
  })
  const proof = await openProof({
    ...act,
    keysFolder: join(act.folder, 'keys'),
    log: { error: () => undefined },
  })
  const archive = openArchive({
    db,
    clock: act.clock,
    journal,
    proof,
    verifier: verifierPage(),
    requests,
    studies,
    transfers,
    reports,
    conversations,
    notifications,
  })
  const volumes = openVolumes(join(act.folder, 'archive'))
  const sealing = openSealing({ ...act, archive, volumes, log: { error: () => undefined } })
  return {
    act,
    conversations,
    archive,
    sealing,
    request,
    report: report.id,
    images,
    dir: join(act.folder, 'act'),
  }
}

/** Images of the study through the only door in. */
async function arrive(act: Act, count: number): Promise<Buffer[]> {
  const receive = openReceive(act)
  const images = Array.from({ length: count }, (_, index) => Buffer.from(`data set ${index}`))
  for (const [index, dataset] of images.entries()) {
    const head = Buffer.alloc(132)
    const written = await act.objects.write(dataset, head)
    await receive.receive({
      object: {
        name: written.name,
        bucket: written.bucket,
        bytes: written.bytes,
        datasetOffset: head.length,
        sha256: written.sha256,
        transferSyntaxUID: '1.2.840.10008.1.2.1',
        mediaType: 'application/dicom',
      },
      sopClassUID: '1.2.840.10008.5.1.4.1.1.2',
      attributes: {
        StudyInstanceUID: STUDY,
        SeriesInstanceUID: `${STUDY}.1`,
        SOPInstanceUID: `${STUDY}.1.${index}`,
        SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
        PatientID: 'P1',
        Modality: 'CT',
        inexact: [],
      },
      source: {
        id: 'pacs-nord',
        site: 'nord',
        issuer: 'NORD',
        madeHere: false,
        association: 'assoc',
        callingAETitle: 'NORD',
        calledAETitle: 'RELAIS',
        address: '192.0.2.7',
      },
    })
  }
  await receive.ended('assoc')
  return images
}

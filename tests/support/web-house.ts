import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { dicomDateTime, systemClock } from '../../node/clock.js'
import { playActs } from '../../node/commands/demo/acts.js'
import { type DemoStudy, operator, studies } from '../../node/commands/demo/cast.js'
import { openOwnPacs } from '../../node/commands/demo/own-pacs.js'
import { type DemoPacs, freePort } from '../../node/commands/demo/pacs.js'
import { addPeople, applyDemoNetwork } from '../../node/commands/demo/seed.js'
import { fileHeader } from '../../node/dicom/format/part10.js'
import { phantomStudy } from '../../node/dicom/format/phantom.js'
import type { MailView } from '../../node/notifications/view.js'
import type { Asker } from '../../node/requests/ports.js'
import type { RequestView } from '../../node/requests/view.js'
import { openNode, type TestNode, temporary } from './node.js'
import { found } from './programs.js'
import { root } from './sources.js'

/** The password of everybody in the house, operator included. */
export const PASSWORD = 'une phrase pour entrer'
export const OPERATOR = operator
const IMAGES = 10
const ROWS = 128

/** Why the screens cannot be tested on this machine; undefined when they can. */
export const lacking = reason()

function reason(): string | undefined {
  if (found('chromium') === undefined) return 'Chromium is not installed'
  if (!existsSync(join(root, 'dist/web/index.html'))) return 'the web application is not built'
  return undefined
}

/** A teardown for hooks, where the test runner has none: the last thing opened is closed first. */
export function openUndo() {
  const steps: (() => unknown)[] = []
  return {
    teardown: (step: () => unknown) => {
      steps.push(step)
    },
    run: async () => {
      for (const step of steps.splice(0).reverse()) await step()
    },
  }
}

export type Undo = ReturnType<typeof openUndo>

/** The node of the demonstration with its people and three PACS in processes of their own; no images yet. */
export interface House {
  url: string
  node: TestNode
  /** Puts a study into the PACS of its site, as the modality would: small images. */
  acquire(study: DemoStudy): Promise<void>
  /** The PACS of its site sends it to the node; resolves when the node has all of it. */
  send(study: DemoStudy): Promise<void>
  /** Every letter the node would have sent, the latest first. */
  letters(): Promise<MailView[]>
}

export async function openHouse(undo: Undo, env: Readonly<Record<string, string>> = {}): Promise<House> {
  const folder = temporary(undo, 'relais-screens-')
  const node = await openNode(undo, {
    folder,
    env: { RELAIS_ADMIN_EMAIL: OPERATOR, RELAIS_ADMIN_PASSWORD: PASSWORD, ...env },
  })
  const { services } = node
  const callUs = services.config.dicom.aeTitle
  const pacs = await Promise.all(
    ['nord', 'sud', 'lecture'].map(async site => {
      const opened = await openOwnPacs({
        id: `${site}-pacs`,
        aeTitle: `${site.toUpperCase()}PACS`,
        folder: join(folder, `pacs-${site}`),
        port: await freePort(),
        node: { aeTitle: callUs, port: node.addresses.dicom },
      })
      undo.teardown(() => opened.close())
      return opened
    }),
  )
  await applyDemoNetwork(services, pacs, callUs)
  await addPeople(services, PASSWORD)
  const home = (study: DemoStudy) => pacs.find(each => each.id === `${study.site}-pacs`) as DemoPacs
  return {
    url: node.addresses.http,
    node,
    acquire: study => home(study).add(filesOf(study)),
    send: async study => {
      await home(study).sendToNode(study.uid)
      await node.received(study.uid, imagesOf(study), study.site)
    },
    letters: async () => (await services.notifications.mailbox({ limit: 100 })).items,
  }
}

/**
 * The studies, requests and reports of the demonstration, small: something to see on every screen. Gives the requests
 * as they were made: two offered (emergency, routine), one being read, one reported.
 */
export async function playDemo(house: House): Promise<RequestView[]> {
  const { services } = house.node
  for (const study of studies) {
    await house.acquire(study)
    if (study.sentToRelais) await house.send(study)
  }
  const signedIn = async (email: string) =>
    (await services.accounts.signIn({ email, password: PASSWORD, address: '127.0.0.1', replaces: null })).who
  return playActs(
    services,
    {
      referrerNord: await signedIn('demandeur@nord.example'),
      referrerSud: await signedIn('demandeur@sud.example'),
      reader: await signedIn('radiologue@lecture.example'),
    },
    PASSWORD,
  )
}

export function imagesOf(study: DemoStudy): number {
  return study.kind === 'dx-wrist' ? 1 : IMAGES
}

/** The day of a study as the screens and the PACS have it, YYYY-MM-DD. */
export function dayOf(study: DemoStudy): string {
  const { date } = dicomDateTime(systemClock().now() - study.daysAgo * 86_400_000)
  return `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`
}

function filesOf(study: DemoStudy): Buffer[] {
  const images = phantomStudy({
    kind: study.kind,
    patient: study.patient,
    StudyInstanceUID: study.uid,
    StudyDate: dayOf(study).replaceAll('-', ''),
    StudyTime: study.time,
    AccessionNumber: study.accession,
    StudyDescription: study.description,
    rows: ROWS,
    images: imagesOf(study),
  })
  return [...images].map(image => Buffer.concat([fileHeader(image), image.dataset]))
}

/** A person as the routes would hand them to the services. */
export async function enter({ services }: TestNode, email: string, password = PASSWORD): Promise<Asker> {
  const signIn = { email, password, address: '127.0.0.1', replaces: null }
  const { who } = await services.accounts.signIn(signIn)
  const { account, membership } = who
  return {
    who,
    origin: {
      by: 'account',
      account: account.id,
      name: account.name,
      role: membership.role,
      site: membership.site,
      membership: membership.id,
      address: '127.0.0.1',
    },
  }
}

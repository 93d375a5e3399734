import { CRITICAL, TEMPLATE } from './matrix-answers.js'
import { CASES, INBOX, type Kind } from './matrix-calls.js'
import type { House, Thing } from './matrix-house.js'
import { openOffsiteThings } from './matrix-offsite.js'
import { WEBHOOK } from './matrix-talk.js'

/** One thing of each kind, and how another is made. */
export async function openThings(house: House) {
  const { make, done, who } = house
  const desk = who('technician', 'nord')
  const shared = await make.shared()
  const search = async () => {
    const body = { site: 'nord', PatientID: '10001' }
    return { id: (await done<{ id: string }>(desk, 'POST', '/api/searches', body)).id }
  }
  const conflict = async (): Promise<Thing> => {
    const study = await make.study(true)
    for (let tries = 0; tries < 600; tries++) {
      const { items } = await done<{ items: { id: string; StudyInstanceUID?: string }[] }>(
        desk,
        'GET',
        '/api/conflicts',
      )
      const found = items.find(each => JSON.stringify(each).includes(study.id))
      if (found !== undefined) return { id: found.id, ...(study.more ? { more: study.more } : {}) }
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    throw new Error('no conflict')
  }
  const retrieval = async () => {
    const body = { peer: 'nord-pacs', StudyInstanceUID: shared.id }
    const { id } = await done<{ id: string }>(desk, 'POST', '/api/retrievals', body)
    return { id, more: { study: shared.id } }
  }
  const rejected = async () => {
    const study = await make.shared()
    await done(desk, 'POST', `/api/studies/${study.id}/rejections`, { code: '113001', text: 'essai' })
    const { items } = await done<{ items: { id: string }[] }>(
      desk,
      'GET',
      `/api/studies/${study.id}/rejections`,
    )
    return { id: items[0]?.id ?? '' }
  }
  const notice = async (): Promise<Thing> => {
    const { items } = await done<{ items: { id: string }[] }>(
      who('radiologist', 'lecture'),
      'GET',
      '/api/notices',
    )
    return { id: items[0]?.id ?? '' }
  }
  const inbox = async () => ({
    id: (await done<{ id: string }>(desk, 'POST', '/api/inboxes', INBOX('nord'))).id,
  })
  const upload = async (): Promise<Thing> => {
    const answer = await fetch(`${house.node.addresses.http}/api/uploads`, {
      method: 'POST',
      headers: {
        cookie: desk.cookie,
        origin: house.node.addresses.http,
        ...CASES['* /api/uploads']?.headers,
      },
    })
    return { id: answer.headers.get('location')?.split('/').at(-1) ?? '' }
  }
  const webhook = async () => {
    const body = WEBHOOK('nord')
    const made = await done<{ webhook: { id: string } }>(
      who('administrator', 'nord'),
      'POST',
      '/api/webhooks',
      body,
    )
    return { id: made.webhook.id }
  }
  const critical = async (): Promise<Thing> => {
    const { id } = await make.request()
    const reader = who('radiologist', 'lecture')
    return { id: (await done<{ id: string }>(reader, 'POST', `/api/requests/${id}/critical`, CRITICAL)).id }
  }
  /** As it stands once two persons have said so. */
  const recall = async (): Promise<Thing> => {
    const { services } = house.node
    const id = `rcl_${house.next()}`
    const { id: request } = await make.request()
    await services.db.write(tx =>
      tx
        .sql<{ recalls: object }>()
        .insertInto('recalls')
        .values({
          ...{ id, request, reference: 'E-1', site: 'nord', what: 'finding', channel: 'telephone' },
          ...{ destination: id, name: 'Dr Essai', state: 'open', opened_at: services.clock.now() },
        })
        .execute(),
    )
    return { id }
  }
  const template = async (): Promise<Thing> => {
    const reader = who('radiologist', 'nord')
    return { id: (await done<{ id: string }>(reader, 'POST', '/api/templates', TEMPLATE)).id }
  }
  const paper = async (): Promise<Thing> => {
    await house.node.services.downtime.makeNow('nord')
    return { id: (await house.node.services.downtime.list('nord')).items[0]?.id ?? '' }
  }
  /** As somebody proposed it when it was due. */
  const destruction = async (): Promise<Thing> => {
    const { services } = house.node
    const [id, { id: request }] = [`dst_${house.next()}`, await make.request()]
    await services.db.write(tx =>
      tx
        .sql<{ destructions: object }>()
        .insertInto('destructions')
        .values({
          ...{ id, what: 'act', request, reference: 'E-1', site: 'nord', state: 'proposed', reason: 'essai' },
          ...{
            proposed_at: 1,
            proposed_by: 'acc_0',
            proposed_name: 'Mme Essai',
            proposed_role: 'administrator',
          },
        })
        .execute(),
    )
    return { id }
  }
  const mark = async (): Promise<Thing> => {
    const { id: act } = await make.request()
    const body = { act, kind: 'hold', of: 'act', reason: 'essai' }
    return done<{ id: string }>(who('administrator', 'nord'), 'POST', '/api/archive/retention/marks', body)
  }
  const fixed = (id: string) => async (): Promise<Thing> => ({ id })
  const makers: Record<Kind, () => Promise<Thing>> = {
    place: fixed('nord'),
    site: fixed('nord'),
    node: fixed(''),
    contract: fixed('nord-lecture'),
    account: make.account,
    token: make.token,
    request: () => make.request(),
    report: make.report,
    critical,
    recall,
    template,
    study: make.shared,
    transfer: () => make.transferOf(shared.id),
    retrieval,
    rejection: rejected,
    conflict,
    search,
    notice,
    upload,
    peer: make.peer,
    route: make.route,
    preset: make.preset,
    import: make.disc,
    job: make.parkedJob,
    parked: make.parkedFact,
    inbox,
    alert: make.alert,
    call: make.call,
    webhook,
    paper,
    mark,
    destruction,
    ...openOffsiteThings(house),
  }
  const things = {} as Record<Kind, Thing>
  for (const kind of Object.keys(makers) as Kind[])
    things[kind] = kind === 'study' ? shared : kind === 'peer' ? { id: 'nord-pacs' } : await makers[kind]()
  return { things, another: (kind: Kind) => makers[kind]() }
}

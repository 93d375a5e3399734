import test, { type ExecutionContext } from 'ava'
import { allows, roles } from '../../node/accounts/permissions.js'
import { loadConfig } from '../../node/config.js'
import type { Acting } from '../../node/http/acting.js'
import { openHttp } from '../../node/http/server.js'
import { silentLog } from '../../node/log.js'
import { reportRoutes } from '../../node/reports/routes.js'
import type { ReportView } from '../../node/reports/view.js'
import { requestRoutes } from '../../node/requests/routes.js'
import type { ListView, RequestRow, RequestView } from '../../node/requests/view.js'
import { type Act, FORM, openAct, PASSWORD, PEOPLE, person } from '../support/act.js'

interface Answer<T> {
  status: number
  body: T & { code?: string; detail?: string; fields?: { path: string; message: string }[] }
}

/** The real routes behind the real kit; the cookie names who asks. */
async function serve(t: ExecutionContext, more: Record<string, { who: Acting }> = {}) {
  const act: Act = await openAct()
  const people = new Map(Object.entries({ ...PEOPLE, ...more }).map(([name, { who }]) => [name, who]))
  const http = openHttp({
    config: loadConfig({ env: { RELAIS_HTTP_PORT: '0' } }).http,
    node: { name: 'Relais', version: '0.0.0' },
    log: silentLog,
    clock: act.clock,
    authenticate: async ({ cookie }) => people.get(cookie ?? '') ?? null,
    may: () => true,
    routes: [
      ...requestRoutes(act.requests, { attachmentsMax: 3, attachmentsMbMax: 1 }),
      ...reportRoutes(act),
    ],
  })
  const { url } = await http.listen()
  t.teardown(async () => {
    await http.close()
    await act.close()
  })
  const call = async <T = RequestView>(
    name: string,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Answer<T>> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { cookie: `relais=${name}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, body: text.startsWith('{') ? JSON.parse(text) : text }
  }
  return { act, call, url }
}

test('the main walk, call by call: asked, claimed, lost by the second, written, signed, read, acknowledged, printed', async t => {
  const { call, url } = await serve(t)
  const made = await call('referrer', 'POST', '/api/requests', FORM)
  t.is(made.status, 201)
  t.like(made.body, { state: 'offered', reference: 'N-0001' })
  const { id } = made.body

  const list = await call<ListView<RequestRow>>(
    'first',
    'GET',
    '/api/requests?state=offered,submitted&limit=5',
  )
  t.deepEqual(
    list.body.items.map(row => [row.id, row.may]),
    [[id, ['decline', 'claim']]],
  )
  t.is((await call('first', 'POST', `/api/requests/${id}/claim`, {})).status, 200)
  const lost = await call('second', 'POST', `/api/requests/${id}/claim`, {})
  t.is(lost.status, 409)
  t.like(lost.body, { code: 'conflict', detail: 'Dr Un holds this request.' })

  const draft = await call<ReportView>('first', 'POST', `/api/requests/${id}/report`)
  t.is(draft.status, 201)
  t.is((await call('first', 'POST', `/api/requests/${id}/report`)).status, 200)
  const sections = { indication: 'i', technique: 't', results: 'r', conclusion: 'Normal.' }
  const path = `/api/reports/${draft.body.id}`
  t.like((await call<ReportView>('first', 'PUT', path, { revision: 1, sections })).body, { revision: 2 })
  t.is((await call('first', 'PUT', path, { revision: 1, sections })).status, 409)
  t.is((await call('first', 'POST', `${path}/sign`, { password: 'non', as: 'final' })).status, 422)
  const signed = await call<{ digest: string }>('first', 'POST', `${path}/sign`, {
    reauthentication: { password: PASSWORD },
    as: 'final',
  })
  t.is(signed.status, 200)
  t.regex(signed.body.digest, /^[0-9a-f]{64}$/)

  t.like((await call<ReportView>('referrer', 'GET', path)).body, { state: 'final', may: ['acknowledge'] })
  const pdf = await fetch(`${url}${path}/pdf?version=1`, { headers: { cookie: 'relais=referrer' } })
  t.is(pdf.headers.get('content-type'), 'application/pdf')
  t.regex(await pdf.text(), /^%PDF-/)
  t.is((await call('referrer', 'POST', `${path}/acknowledge`, {})).status, 200)
  t.like((await call('referrer', 'GET', `/api/requests/${id}`)).body, {
    state: 'closed',
    reports: [{ state: 'final', version: 1, signer: 'Dr Un' }],
  })
  const added = await call<ReportView>('first', 'POST', `${path}/addendum`, {
    text: 'Relu.',
    password: PASSWORD,
  })
  t.is(added.body.versions.length, 2)
  t.like((await call('referrer', 'GET', '/api/requests/counts')).body, { all: 1 })
})

test('what does not fit is said field by field, in the language of who asks, and nothing is half done', async t => {
  const { call } = await serve(t)
  const bad = await call('referrer', 'POST', '/api/requests', {
    ...FORM,
    region: 'Genou',
    consent: { exception: '' },
  })
  t.is(bad.status, 422)
  t.deepEqual(bad.body.fields, [
    { path: 'laterality', message: 'Préciser le côté : cette région est paire.' },
    { path: 'consent.exception', message: 'Écrire pourquoi le patient n’a pas pu être informé.' },
  ])
  t.is((await call('referrer', 'POST', '/api/requests', { ...FORM, urgency: 'now' })).status, 422)
  t.is((await call('referrer', 'POST', '/api/requests', { ...FORM, studies: ['../x'] })).status, 422)
  t.is((await call('referrer', 'GET', '/api/requests?state=everything')).status, 422)
  t.is((await call('referrer', 'GET', '/api/requests?after=x')).status, 422)
  t.is((await call('referrer', 'POST', '/api/requests/req_x/claim', {})).status, 404)
  const { body } = await call('referrer', 'POST', '/api/requests', FORM)
  t.is((await call('referrer', 'POST', `/api/requests/${body.id}/report-signed`, {})).status, 404)
  t.is((await call('referrer', 'POST', `/api/requests/${body.id}/close`, {})).status, 404)
})

test('every role at the asking site, the reading group and a foreign site gets exactly what the permission table says', async t => {
  const cells = roles.flatMap(role =>
    ['nord', 'lecture', 'sud'].map(
      site => [`${role}-${site}`, person(`acc_${role}_${site}`, 'X', role, site)] as const,
    ),
  )
  const { call } = await serve(t, Object.fromEntries(cells))
  const { id } = (await call('referrer', 'POST', '/api/requests', FORM)).body
  await call('first', 'POST', `/api/requests/${id}/claim`, {})
  const report = (await call<ReportView>('first', 'POST', `/api/requests/${id}/report`)).body.id
  const sections = { indication: '', technique: '', results: '', conclusion: 'Normal.' }
  await call('first', 'PUT', `/api/reports/${report}`, { revision: 1, sections })
  await call('first', 'POST', `/api/reports/${report}/sign`, { password: PASSWORD, as: 'final' })
  const standing = { site: 'nord', parties: ['lecture'] }
  for (const [name, { who }] of cells) {
    const sees = allows(who, 'request.see', standing)
    t.is((await call(name, 'GET', `/api/requests/${id}`)).status, sees ? 200 : 404, name)
    const listed = await call<ListView<RequestRow>>(name, 'GET', '/api/requests')
    t.is(listed.body.items.length, sees ? 1 : 0, name)
    const reads = allows(who, 'report.read', standing)
    t.is((await call(name, 'GET', `/api/reports/${report}`)).status, reads ? 200 : 404, name)
    t.is((await call(name, 'GET', `/api/reports/${report}/pdf`)).status, reads ? 200 : 404, name)
    const reports = await call<ListView<unknown>>(name, 'GET', '/api/reports')
    t.is(reports.body.items.length, reads ? 1 : 0, name)
    for (const event of ['claim', 'release', 'cancel', 'answer', 'accept'] as const) {
      const { status } = await call(name, 'POST', `/api/requests/${id}/${event}`, { reason: 'r', text: 't' })
      // Nobody's event fits a reported request: who may send it at all hears of the conflict, no one else.
      t.is(status, !sees ? 404 : allows(who, `request.${event}`, standing) ? 409 : 403, `${name} ${event}`)
    }
  }
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import {
  actions,
  allows,
  demand,
  may,
  mayAttempt,
  mayBeGiven,
  mayTry,
  permissionTable,
  relationsOf,
  roles,
} from '../../node/accounts/permissions.js'
import type { Action, Relation, Role } from '../../node/accounts/view.js'
import type { Acting } from '../../node/http/acting.js'
import { liveFacts, liveRowOf, silentFacts } from '../../node/program/live-table.js'
import { permissionsText } from '../../node/program/permissions-text.js'
import { root, sourcesUnder } from '../support/sources.js'

/** The whole table in words: every role with what it may do on its own things and on those it is party to. */
const TABLE_IN_WORDS = `
referrer own: site.see contract.see duty.see token.create request.create request.see request.submit request.edit request.link request.acknowledge-refusal request.answer request.cancel request.enter-in-error recall.see recall.settle request.close conversation.see conversation.write report.read report.acknowledge report.share critical.see critical.acknowledge study.see study.search viewer.open viewer.lend archive.read downtime.see notice.see call.record
referrer party: site.see contract.see
referrer former:
technician own: site.see contract.see duty.see token.create peer.see peer.test route.see request.create request.see request.submit request.edit request.link request.acknowledge-refusal request.answer request.cancel request.enter-in-error recall.see recall.settle request.triage conversation.see conversation.write study.see study.search study.send study.retrieve study.reject viewer.open viewer.lend conflict.see conflict.decide transfer.see transfer.retry transfer.cancel import.see import.create import.decide import.withdraw inbox.see inbox.make preset.see downtime.see downtime.make notice.see call.record
technician party: site.see contract.see
technician former:
radiologist own: site.see contract.see roster.see duty.see duty.take token.create peer.see request.see conversation.see report.read template.see template.change critical.see study.see study.search study.send study.retrieve viewer.open viewer.lend screen.validate conflict.see transfer.see archive.read notice.see
radiologist party: site.see contract.see request.see request.decline request.claim request.accept request.refuse request.release request.hand-over request.start request.ask request.answer request.cancel conversation.see conversation.write report.write report.sign report.addendum report.read report.withdraw report.share critical.see critical.raise critical.acknowledge critical.close study.see study.search study.send study.retrieve viewer.open viewer.lend transfer.see archive.read activity.see
radiologist former: request.see conversation.see report.read
coordinator own: site.see contract.see roster.see roster.change duty.see token.create peer.see route.see request.see request.link request.offer request.cancel request.enter-in-error recall.see recall.settle request.triage request.close conversation.see conversation.write template.see template.change critical.see critical.acknowledge critical.close study.see study.send study.retrieve study.reject conflict.see conflict.decide transfer.see transfer.retry transfer.cancel import.see import.withdraw inbox.see inbox.make preset.see preset.change job.see job.decide downtime.see downtime.make notice.see alert.acknowledge call.record activity.see
coordinator party: site.see contract.see roster.see request.see request.offer request.cancel request.enter-in-error request.triage request.close conversation.see conversation.write critical.see critical.acknowledge critical.close study.see transfer.see transfer.retry alert.acknowledge call.record activity.see
coordinator former: request.see conversation.see
administrator own: site.see site.change contract.see contract.change roster.see roster.change duty.see account.see account.create account.change token.create token.revoke peer.see peer.change peer.test route.see route.change transfer.see transfer.retry transfer.cancel preset.see preset.change job.see job.decide journal.read journal.verify retention.see retention.mark retention.destroy access.read downtime.see downtime.make webhook.see webhook.change channel.see letter.see notice.see activity.see
administrator party: site.see contract.see contract.change activity.see
administrator former:
operator own: site.see site.change site.make group.change contract.see contract.change roster.see roster.change duty.see account.see account.create account.change token.create token.revoke peer.see peer.change peer.test route.see route.change transfer.see transfer.retry transfer.cancel preset.see preset.change job.see job.decide journal.read journal.verify node.examine webhook.see webhook.change channel.see channel.check letter.see notice.see activity.see
operator party:
operator former:
auditor own: site.see contract.see roster.see request.see recall.see conversation.see report.read critical.see import.see inbox.see journal.read journal.body journal.verify archive.read archive.export retention.see access.read notice.see activity.see
auditor party: site.see contract.see request.see conversation.see report.read critical.see archive.read archive.export activity.see
auditor former: request.see conversation.see report.read
`.trim()

const everyCell = roles.flatMap(role => actions.map(action => ({ role, action })))

test('each role may do exactly what the table says, on its own things and on those it is party to', t => {
  const inWords = roles.flatMap(role =>
    (['own', 'party', 'former'] as const).map(relation =>
      [`${role} ${relation}:`, ...actions.filter(action => may(role, action, relation))].join(' '),
    ),
  )
  t.deepEqual(inWords, TABLE_IN_WORDS.split('\n'))
})

test('nobody may do anything with what is foreign to them', t => {
  for (const { role, action } of everyCell) t.false(may(role, action, 'foreign'), `${role} ${action}`)
})

test('administrators and operators see no patient: no request, report, image, nor what a fact said', t => {
  const patient: Action[] = [
    'request.see',
    'report.read',
    'study.see',
    'viewer.open',
    'journal.body',
    'archive.read',
  ]
  for (const role of ['administrator', 'operator'] as const)
    for (const action of patient) t.false(mayAttempt(role, action), `${role} ${action}`)
})

test('auditors change nothing, and only a radiologist who is party to an act signs', t => {
  const changing = actions.filter(action => !/\.(see|read|body|verify|export)$/.test(action))
  for (const action of changing) t.false(mayAttempt('auditor', action), action)
  for (const role of roles)
    for (const relation of ['own', 'party', 'foreign'] as const)
      t.is(may(role, 'report.sign', relation), role === 'radiologist' && relation === 'party')
})

test('a program may what its token names of what its role may, and nothing that binds a person or gives rights', t => {
  for (const { role, action } of everyCell) {
    const who = { ...acting(role, 'nord'), token: { id: 'tok_1', rights: [action] } }
    const person = acting(role, 'nord')
    const given = mayBeGiven(action)
    for (const of of [{ site: 'nord' }, { site: 'sud', parties: ['nord'] }, { site: 'sud' }])
      t.is(allows(who, action, of), given && allows(person, action, of), `${role} ${action}`)
    t.is(mayTry(who, action), given && mayAttempt(role, action))
    t.true(mayTry(person, action) === mayAttempt(role, action))
    for (const other of actions)
      if (other !== action) t.false(mayTry(who, other) || allows(who, other, { site: 'nord' }))
  }
  t.deepEqual(
    actions.filter(action => mayBeGiven(action) && /^(account|token|report\.(?!read)|notice)/.test(action)),
    [],
  )
  t.deepEqual(
    actions.filter(
      action =>
        mayBeGiven(action) &&
        /\.(change|claim|accept|refuse|sign|offer|release|start|answer|ask)$/.test(action),
    ),
    [],
  )
  const limited = { ...acting('referrer', 'nord'), token: { id: 'tok_1', rights: ['site.see'] as const } }
  t.throws(() => demand(limited, 'study.see', { site: 'nord' }), { code: 'forbidden' })
  t.throws(() => demand(limited, 'study.see', { site: 'sud' }), { code: 'missing' })
})

function acting(role: Role, site: string, everySite = false): Acting {
  return {
    account: { id: 'acc_1', email: 'lea@nord.example', name: 'Léa Démo', language: 'fr' },
    membership: { id: 'mem_1', site, role, ...(everySite ? { everySite } : {}) },
    session: { id: 'ses_1', endsAt: 0 },
  }
}

test('a thing is own by its site, party by having been offered or held, foreign otherwise', t => {
  const former = ['before', 'lecture'].map(site => ({ site, until: 1, seq: 1 }))
  const thing = { site: 'nord', parties: ['lecture'], former }
  const cases: [Acting, Relation[]][] = [
    [acting('referrer', 'nord'), ['own']],
    [acting('radiologist', 'lecture'), ['party']],
    [acting('radiologist', 'sud'), ['foreign']],
    [acting('radiologist', 'before'), ['former']],
    [acting('operator', 'node', true), ['own']],
  ]
  for (const [who, expected] of cases) t.deepEqual(relationsOf(who, thing), expected)
  t.deepEqual(relationsOf(acting('radiologist', 'nord'), { site: 'nord', parties: ['nord'] }), [
    'own',
    'party',
  ])
  t.true(allows(acting('radiologist', 'nord'), 'request.claim', { site: 'nord', parties: ['nord'] }))
})

test('what is foreign is missing, never forbidden; what is near but not theirs to do is forbidden', t => {
  const thing = { site: 'nord', parties: ['lecture'] }
  const refusal = (who: Acting, action: Action) =>
    t.throws(() => demand(who, action, thing), { any: true }) as Error & { code: string }
  for (const { role, action } of everyCell) t.is(refusal(acting(role, 'sud'), action).code, 'missing')
  t.is(refusal(acting('referrer', 'nord'), 'report.sign').code, 'forbidden')
  t.notThrows(() => demand(acting('radiologist', 'lecture'), 'report.sign', thing))
})

test('the table is shown as it is enforced', t => {
  const shown = permissionTable()
  t.is(shown.length, actions.length)
  for (const { action, roles: allowed } of shown)
    for (const role of roles)
      for (const relation of ['own', 'party', 'former', 'foreign'] as const)
        t.is(allowed[role]?.includes(relation) ?? false, may(role, action as Action, relation))
})

test('every fact there can be has its row on the live connection, or is named as one nobody is told of', t => {
  const types = sourcesUnder('node')
    .filter(({ path }) => path.endsWith('/facts.ts'))
    .flatMap(({ code }) => code.split('FactType =').slice(1))
    .flatMap(union => [...union.matchAll(/'([a-z]+(?:-[a-z]+)+)'/g)].map(found => found[1] ?? ''))
  t.true(types.length > 80, `${types.length} facts`)
  t.deepEqual(
    types.filter(
      type => liveRowOf(type) === undefined && !silentFacts.some(prefix => type.startsWith(prefix)),
    ),
    [],
  )
  for (const { prefix, actions: rows } of liveFacts) {
    t.true(
      types.some(type => type.startsWith(prefix)),
      `${prefix} is no fact`,
    )
    t.true(rows.length > 0)
  }
  for (const prefix of silentFacts)
    t.true(
      types.some(type => type.startsWith(prefix)),
      `${prefix} is no fact`,
    )
})

test('the document in config/ is what the tables say: `npx relais permissions > config/permissions.md`', t => {
  t.is(readFileSync(join(root, 'config/permissions.md'), 'utf8'), permissionsText())
})

/**
 * The state machine of the DICOM upper layer, PS3.8 §9.2, Table 9-10, with the standard's names.
 * Rows are events, columns are states; `·` is a pair that cannot happen.
 */
export const states = [
  'Sta1',
  'Sta2',
  'Sta3',
  'Sta4',
  'Sta5',
  'Sta6',
  'Sta7',
  'Sta8',
  'Sta9',
  'Sta10',
  'Sta11',
  'Sta12',
  'Sta13',
] as const
export type State = (typeof states)[number]

export const events = [
  'Evt1',
  'Evt2',
  'Evt3',
  'Evt4',
  'Evt5',
  'Evt6',
  'Evt7',
  'Evt8',
  'Evt9',
  'Evt10',
  'Evt11',
  'Evt12',
  'Evt13',
  'Evt14',
  'Evt15',
  'Evt16',
  'Evt17',
  'Evt18',
  'Evt19',
] as const
/**
 * Evt1 A-ASSOCIATE request · Evt2 transport connected · Evt3 A-ASSOCIATE-AC PDU · Evt4 A-ASSOCIATE-RJ PDU · Evt5 transport
 * indication · Evt6 A-ASSOCIATE-RQ PDU · Evt7 response accept · Evt8 response reject · Evt9 P-DATA request · Evt10 P-DATA-TF
 * PDU · Evt11 A-RELEASE request · Evt12 A-RELEASE-RQ PDU · Evt13 A-RELEASE-RP PDU · Evt14 A-RELEASE response · Evt15 A-ABORT
 * request · Evt16 A-ABORT PDU · Evt17 transport closed · Evt18 ARTIM expired · Evt19 unrecognised or invalid PDU
 */
export type Event = (typeof events)[number]

export type Action =
  | 'AE-1'
  | 'AE-2'
  | 'AE-3'
  | 'AE-4'
  | 'AE-5'
  | 'AE-6'
  | 'AE-7'
  | 'AE-8'
  | 'DT-1'
  | 'DT-2'
  | 'AR-1'
  | 'AR-2'
  | 'AR-3'
  | 'AR-4'
  | 'AR-5'
  | 'AR-6'
  | 'AR-7'
  | 'AR-8'
  | 'AR-9'
  | 'AR-10'
  | 'AA-1'
  | 'AA-2'
  | 'AA-3'
  | 'AA-4'
  | 'AA-5'
  | 'AA-6'
  | 'AA-7'
  | 'AA-8'

/*      Sta1 Sta2 Sta3 Sta4 Sta5 Sta6 Sta7 Sta8 Sta9 Sta10 Sta11 Sta12 Sta13 */
const grid: Record<Event, string> = {
  Evt1: 'AE-1 ·    ·    ·    ·    ·    ·    ·    ·    ·     ·     ·     ·   ',
  Evt2: '·    ·    ·    AE-2 ·    ·    ·    ·    ·    ·     ·     ·     ·   ',
  Evt3: '·    AA-1 AA-8 ·    AE-3 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8  AA-8  AA-6',
  Evt4: '·    AA-1 AA-8 ·    AE-4 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8  AA-8  AA-6',
  Evt5: 'AE-5 ·    ·    ·    ·    ·    ·    ·    ·    ·     ·     ·     ·   ',
  Evt6: '·    AE-6 AA-8 ·    AA-8 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8  AA-8  AA-7',
  Evt7: '·    ·    AE-7 ·    ·    ·    ·    ·    ·    ·     ·     ·     ·   ',
  Evt8: '·    ·    AE-8 ·    ·    ·    ·    ·    ·    ·     ·     ·     ·   ',
  Evt9: '·    ·    ·    ·    ·    DT-1 ·    AR-7 ·    ·     ·     ·     ·   ',
  Evt10: '·   AA-1 AA-8 ·    AA-8 DT-2 AR-6 AA-8 AA-8 AA-8  AA-8  AA-8  AA-6',
  Evt11: '·   ·    ·    ·    ·    AR-1 ·    ·    ·    ·     ·     ·     ·   ',
  Evt12: '·   AA-1 AA-8 ·    AA-8 AR-2 AR-8 AA-8 AA-8 AA-8  AA-8  AA-8  AA-6',
  Evt13: '·   AA-1 AA-8 ·    AA-8 AA-8 AR-3 AA-8 AA-8 AR-10 AR-3  AA-8  AA-6',
  Evt14: '·   ·    ·    ·    ·    ·    ·    AR-4 AR-9 ·     ·     AR-4  ·   ',
  Evt15: '·   ·    AA-1 AA-2 AA-1 AA-1 AA-1 AA-1 AA-1 AA-1  AA-1  AA-1  ·   ',
  Evt16: '·   AA-2 AA-3 ·    AA-3 AA-3 AA-3 AA-3 AA-3 AA-3  AA-3  AA-3  AA-2',
  Evt17: '·   AA-5 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4  AA-4  AA-4  AR-5',
  Evt18: '·   AA-2 ·    ·    ·    ·    ·    ·    ·    ·     ·     ·     AA-2',
  Evt19: '·   AA-1 AA-8 ·    AA-8 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8  AA-8  AA-7',
}

const table = new Map<Event, ReadonlyMap<State, Action>>(
  events.map(event => {
    const cells = grid[event].trim().split(/\s+/)
    const row = states.map((state, column) => [state, cells[column] as Action | '·'] as const)
    return [event, new Map(row.filter((cell): cell is [State, Action] => cell[1] !== '·'))]
  }),
)

/** The table says nothing about this pair: a fault of ours, never of the peer. */
export class UnlistedTransition extends Error {
  constructor(state: State, event: Event) {
    super(`${event} cannot happen in ${state} (PS3.8 Table 9-10)`)
    this.name = 'UnlistedTransition'
  }
}

/** What to do in `state` when `event` happens; throws an UnlistedTransition for an empty cell. */
export function actionFor(state: State, event: Event): Action {
  const action = table.get(event)?.get(state)
  if (action === undefined) throw new UnlistedTransition(state, event)
  return action
}

/** The state each action leads to (PS3.8 Tables 9-6 to 9-9). AR-8 depends on who asked for the association. */
export const nextState: Record<Exclude<Action, 'AR-8'>, State> = {
  'AE-1': 'Sta4',
  'AE-2': 'Sta5',
  'AE-3': 'Sta6',
  'AE-4': 'Sta1',
  'AE-5': 'Sta2',
  'AE-6': 'Sta3',
  'AE-7': 'Sta6',
  'AE-8': 'Sta13',
  'DT-1': 'Sta6',
  'DT-2': 'Sta6',
  'AR-1': 'Sta7',
  'AR-2': 'Sta8',
  'AR-3': 'Sta1',
  'AR-4': 'Sta13',
  'AR-5': 'Sta1',
  'AR-6': 'Sta7',
  'AR-7': 'Sta8',
  'AR-9': 'Sta11',
  'AR-10': 'Sta12',
  'AA-1': 'Sta13',
  'AA-2': 'Sta1',
  'AA-3': 'Sta1',
  'AA-4': 'Sta1',
  'AA-5': 'Sta1',
  'AA-6': 'Sta13',
  'AA-7': 'Sta13',
  'AA-8': 'Sta13',
}

export function stateAfter(action: Action, role: 'requestor' | 'acceptor'): State {
  if (action === 'AR-8') return role === 'requestor' ? 'Sta9' : 'Sta10'
  return nextState[action]
}

import type { AccountTables } from '../../node/accounts/schema.js'
import type { Tx } from '../../node/database.js'
import type { Ids } from '../../node/ids.js'

/**
 * So many more people with the role and the password of somebody, without a hash of each: rows as the service writes them.
 * Gives their accounts and memberships, in their order.
 */
export async function addColleagues(
  tx: Tx,
  ids: Ids,
  { of, count }: { of: string; count: number },
): Promise<{ account: string; membership: string }[]> {
  const sql = tx.sql<AccountTables>()
  const account = await sql
    .selectFrom('accounts')
    .selectAll()
    .where('email', '=', of)
    .executeTakeFirstOrThrow()
  const membership = await sql
    .selectFrom('memberships')
    .selectAll()
    .where('account', '=', account.id)
    .executeTakeFirstOrThrow()
  const added: { account: string; membership: string }[] = []
  for (let number = 0; number < count; number += 1) {
    const one = { account: ids.next('acc'), membership: ids.next('mem') }
    const email = `collegue${number}@lecture.example`
    await sql
      .insertInto('accounts')
      .values({ ...account, id: one.account, email, name: `Dr Essai ${number}` })
      .execute()
    await sql
      .insertInto('memberships')
      .values({ ...membership, id: one.membership, account: one.account })
      .execute()
    added.push(one)
  }
  return added
}

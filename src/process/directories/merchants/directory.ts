import { choicesText } from '../../../config/check/nearest.ts';
import type { MerchantView } from '../../../control/contract/resources/directories/merchants.ts';
import type { MerchantDirectory } from '../../../control/directories/merchants.ts';
import type { Books } from '../../../ledger/books.ts';
import type { CallbackUrlRules } from '../../../mpesa/fields/callback-url.ts';
import type { AccountOpener } from '../../../mpesa/parties/accounts/account-opener.ts';
import { organisationKinds } from '../../../mpesa/parties/accounts/accounts.ts';
import { SYNTHETIC_SHORT_CODE } from '../../../mpesa/parties/synthetic.ts';
import { addApp } from './apps.ts';
import { readCertificate } from './certificate.ts';
import { createMerchant } from './create.ts';
import { editMerchant } from './edit.ts';
import { addInitiator, changeInitiator } from './initiators.ts';
import { createMoney } from './money.ts';
import { merchantOf, refuse } from './numbers.ts';
import { moveOpening } from './opening.ts';
import { rotatePasskey } from './passkey.ts';
import { showMerchant } from './show.ts';

export interface MerchantDirectoryOptions {
  readonly books: Pick<Books, 'post'>;
  readonly opener: Pick<AccountOpener, 'open'>;
  /** Path of the certificate with which clients encrypt their SecurityCredentials. */
  readonly certificateFile: string;
  /** PEM, of its key. */
  readonly privateKey: () => string;
  /** Which URLs a merchant may give, where it gives them here. */
  readonly callbackUrls: () => CallbackUrlRules;
}

/** What the API and the authentication servers know of those who are paid, for control. */
export function merchantDirectory(options: MerchantDirectoryOptions): MerchantDirectory {
  const money = createMoney(options);
  return {
    /** Pay bills and tills, by their number. A store number is shown with its till. */
    async list(client) {
      const { rows } = await client.query<MerchantView>(
        `select organisation.name, kind, head_office as "shortCode", short_code as "partyB", products,
           left(app.consumer_key, 4) || '••••' as "consumerKey"
         from mpesa.organisation organisation
         left join lateral (
           select consumer_key from mpesa.organisation_app made join auth.app on app.id::text = made.app_id
           where made.head_office = organisation.head_office order by app.id limit 1) app on true
         where short_code <> $1 and (kind = 'paybill' or head_office <> short_code)
         order by short_code`,
        [SYNTHETIC_SHORT_CODE],
      );
      return rows;
    },
    show: showMerchant,
    create: (client, wanted) => createMerchant(client, money, wanted),
    async edit(client, shortCode, change) {
      return (await editMerchant(client, shortCode, change, options)) ?? showMerchant(client, shortCode);
    },
    open: (client, number, now) => moveOpening(client, money, number, now),
    rotatePasskey,
    addApp,
    async fund(client, number, { id, account, amount, source }) {
      const merchant = await merchantOf(client, number);
      if ('refused' in merchant) return merchant;
      const kind = organisationKinds.find((known) => known === account);
      if (kind === undefined)
        return refuse(
          'invalid',
          `a merchant has no account ${account}: ${choicesText('accounts', organisationKinds, account)}`,
        );
      const done = await money.move([
        { id, shortCode: merchant.shortCode, kind, amount, source, code: 'funding' },
      ]);
      if ('refused' in done) return done;
      const [moved] = done.moved;
      if (moved === undefined) throw new Error('one movement was asked for, and none was made');
      return moved;
    },
    addInitiator,
    changeInitiator,
    certificate: () => readCertificate(options),
  };
}

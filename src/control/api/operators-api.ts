import type { FastifyInstance } from 'fastify';
import { choicesText } from '../../config/check/nearest.ts';
import { strictRequests } from '../../platform/http/json-api.ts';
import { referencePage } from '../../platform/reference-page/reference-page.ts';
import type { Directories } from '../directories/directories.ts';
import type { OperatorBook } from '../operators.ts';
import type { ApiContext } from './context.ts';
import { plainAnswers, plainChanges, requireOperator } from './http.ts';
import { collectOpenApi } from './openapi.ts';
import { agreementRoutes } from './routes/agreement.ts';
import { alarmRoutes } from './routes/alarms.ts';
import { accountRoutes } from './routes/directories/accounts.ts';
import { appRoutes } from './routes/directories/apps.ts';
import { faultRoutes } from './routes/directories/faults.ts';
import { initiatorRoutes } from './routes/directories/merchants/initiators.ts';
import { oneMerchantRoutes } from './routes/directories/merchants/one.ts';
import { merchantRoutes } from './routes/directories/merchants.ts';
import { paymentRoutes } from './routes/directories/payments.ts';
import { operatorRoutes } from './routes/operators.ts';
import { recordRoutes } from './routes/records.ts';
import { releaseRoutes } from './routes/releases/releases.ts';
import { rolloutRoutes } from './routes/releases/rollouts.ts';
import { undoRoutes } from './routes/releases/undo.ts';
import { serviceRoutes } from './routes/services.ts';
import { watchRoutes } from './routes/watches.ts';

const PREFIX = '/v1';

/** What operators ask, under `/v1`, and its reference, which needs no token: `/openapi.json` and `/docs`. */
export function operatorsApi(
  context: ApiContext,
  { operators, directories }: { operators: OperatorBook; directories: Directories | undefined },
) {
  return async (app: FastifyInstance): Promise<void> => {
    let document = (): object => ({});
    await app.register(
      async (api) => {
        await collectOpenApi(api, PREFIX);
        document = () => api.swagger();
        strictRequests(api, choicesText);
        plainAnswers(api);
        plainChanges(api);
        requireOperator(api, operators);
        await api.register(releaseRoutes(context));
        await api.register(rolloutRoutes(context));
        await api.register(undoRoutes(context));
        await api.register(recordRoutes(context));
        await api.register(agreementRoutes(context));
        await api.register(alarmRoutes(context));
        await api.register(watchRoutes(context));
        await api.register(operatorRoutes(context));
        await api.register(serviceRoutes(context));
        if (directories === undefined) return;
        await api.register(appRoutes(context, directories.apps));
        await api.register(merchantRoutes(context, directories));
        await api.register(oneMerchantRoutes(context, directories.merchants));
        await api.register(initiatorRoutes(context, directories.merchants));
        await api.register(faultRoutes(context, directories.faults));
        await api.register(paymentRoutes(context, directories.payments));
        await api.register(accountRoutes(context, directories.accounts));
      },
      { prefix: PREFIX },
    );
    await app.register(referencePage({ title: 'Imara control', document: () => document() }));
  };
}

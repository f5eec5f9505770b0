import { defineProduct, operation } from '../../api/define-product.ts';
import { paymentResults } from '../../payments/results.ts';
import {
  registerAcknowledgement,
  registerErrors,
  registerRequest,
  registerSample,
  registerUrls,
} from './register.ts';
import { c2bSettings } from './settings.ts';
import { simulate, simulateAcknowledgement, simulateRequest, simulateSample } from './simulate.ts';

const registration = (version: 1 | 2) =>
  operation({
    title: `C2B register URL (version ${version})`,
    method: 'POST',
    paths: [`/mpesa/c2b/v${version}/registerurl`],
    authentication: 'bearer',
    request: registerRequest,
    sample: registerSample,
    acknowledgement: registerAcknowledgement,
    handler: registerUrls(version),
  });

const simulation = (version: 1 | 2) =>
  operation({
    title: `C2B simulate (version ${version})`,
    method: 'POST',
    paths: [`/mpesa/c2b/v${version}/simulate`],
    authentication: 'bearer',
    request: simulateRequest,
    sample: simulateSample,
    acknowledgement: simulateAcknowledgement,
    handler: simulate(version),
  });

export const c2bProduct = defineProduct({
  name: 'c2b',
  title: 'C2B: payments from the phone',
  family: 'c2b',
  priority: 'money',
  settings: c2bSettings,
  errors: registerErrors,
  results: paymentResults,
  operations: {
    registerV1: registration(1),
    registerV2: registration(2),
    simulateV1: simulation(1),
    simulateV2: simulation(2),
  },
});

import type { Family } from '../api/errors/families.ts';
import { refusal } from '../api/errors/forms.ts';
import { JSON_TYPE } from '../api/request.ts';
import type { FaultAnswer } from './names.ts';

export interface InjectedAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** How each is answered: in the family's own error, or as what stands before every API would. */
export function injectedAnswer(
  answer: Exclude<FaultAnswer, 'reset' | 'hang'>,
  family: Family,
): InjectedAnswer {
  const json = (status: number, body: string): InjectedAnswer => ({ status, type: JSON_TYPE, body });
  const own = (failure: Parameters<typeof refusal>[1]) => {
    const { status, body } = refusal(family, failure);
    return json(status, body);
  };
  switch (answer) {
    case 'internal':
      return own('internal');
    case 'busy':
      return own('busy');
    case 'maintenance':
      return own('maintenance');
    case 'spike-arrest':
      return own('spikeArrest');
    case 'quota':
      return own('quota');
    case 'invalid-token':
      return own('invalidToken');
    case 'apigee':
      return json(401, JSON.stringify(apigeeFault));
    case 'soap':
      return json(500, JSON.stringify(soapFault));
    case 'html-503':
      return { status: 503, type: 'text/html', body: EDGE_PAGE };
    default:
      return answer satisfies never;
  }
}

/**
 * The gateway's, of an app without the product: the text is the vendor's, the shape is Apigee's general
 * one.
 */
const apigeeFault = {
  fault: {
    faultstring: 'Invalid API call as no apiproduct match found',
    detail: { errorcode: 'keymanagement.service.InvalidAPICallAsNoApiProductMatchFound' },
  },
};

/**
 * Of a back end that is down, as it was seen on C2B; the keys around the fault's text are a default taken.
 */
const soapFault = {
  Envelope: {
    encodingStyle: 'http://schemas.xmlsoap.org/soap/encoding/',
    Body: {
      Fault: {
        faultcode: 'soap:Server',
        faultstring:
          'Execution of ServiceCallout SC-Backend failed. Reason: ResponseCode 503 is treated as error',
        detail: { source: { errorcode: 'steps.servicecallout.ExecutionFailed' } },
      },
    },
  },
};

/** Of the firewall at the edge. */
const EDGE_PAGE = `<html><head><META NAME="robots" CONTENT="noindex,nofollow"></head>
<body><iframe style="width:100%;height:100%" frameborder="0">Request unsuccessful. Incapsula incident ID: 442000200045136498-82145871038564682</iframe></body></html>
`;

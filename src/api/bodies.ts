import type { ApiServer } from './api-server.ts';
import { ProblemError } from './problem.ts';

/** No route needs a body, so an empty one may have any type; what is not empty must be JSON. */
export function acceptBodies(app: ApiServer): void {
  app.removeAllContentTypeParsers();
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null);
    else parseJson(request, body, done);
  });
  app.addContentTypeParser<string>('*', { parseAs: 'string' }, (_, body, done) => {
    if (body === '') done(null);
    else
      done(
        new ProblemError('unsupported_media_type', 'a body must be application/json here, if there is one'),
      );
  });
}

import { graphql } from '../../graphql.ts';

/** The most frequent values of a field of runs, with their names. */
export const RunKeysDocument = graphql(`
  query RunKeys($grouping: AutomationRunGrouping!) {
    automationRunStats(groupBy: [$grouping], first: 200) {
      automationId
      automation { name }
      executedById
      executedByName
      ownerId
      ownerName
      spaceId
      spaceName
    }
  }
`);

/** The connectors with the most blocks. */
export const ConnectorsDocument = graphql(`
  query Connectors {
    blockStats(groupBy: [CONNECTOR], first: 200) { connectorId connectorName }
  }
`);

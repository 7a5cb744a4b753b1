metadata name = 'Budget'
metadata description = 'Tells the action group when the month costs more than was meant. It stops nothing. Reference: AVM consumption/budget.'

@description('Required. What the resource group may cost a month, in the currency of the subscription.')
@minValue(1)
param amount int

@description('Required. First day of the month that the budget began in, as yyyy-mm-01. It may not change afterwards.')
param startDate string

@description('Required. Name of the action group to call.')
param actionGroupName string

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' existing = {
  name: actionGroupName
}

resource budget 'Microsoft.Consumption/budgets@2024-08-01' = {
  name: 'millrace'
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: { startDate: startDate }
    notifications: {
      actual80: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: []
        contactGroups: [actionGroup.id]
      }
      forecast100: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: []
        contactGroups: [actionGroup.id]
      }
    }
  }
}
